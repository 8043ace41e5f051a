/*
 * os_space: shards, tags, key names. See os_space.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_hash.h"
#include "redis/os_space.h"


int
os_space_init(os_space_t *s, os_str_t prefix, unsigned shards)
{
    int       n;
    unsigned  slot, left;

    if (shards < 1 || shards > OS_SHARDS_MAX
        || prefix.len == 0 || prefix.len >= sizeof(s->prefix)
        || memchr(prefix.data, '{', prefix.len)
        || memchr(prefix.data, '}', prefix.len))
    {
        return -1;
    }

    memset(s, 0, sizeof(*s));
    memcpy(s->prefix, prefix.data, prefix.len);
    s->shards = shards;
    left = shards;

    for (unsigned number = 0; left > 0; number++) {
        char  tag[12];

        n = snprintf(tag, sizeof(tag), "%u", number);
        slot = os_crc16(tag, (size_t) n) % OS_SLOTS;

        /* the part of the slot range that this slot lies in */
        slot = slot * shards / OS_SLOTS;

        if (s->tag[slot][0] == '\0') {
            memcpy(s->tag[slot], tag, sizeof(tag));
            n = snprintf(s->head[slot], sizeof(s->head[slot]), "%.*s:{%s}:",
                         (int) prefix.len, prefix.data, tag);
            s->head_len[slot] = (uint8_t) n;
            left--;
        }
    }

    return 0;
}


/* The first tag whose slot lies below all before it: with so many shards. */
void
os_space_firsts(os_firsts_t *firsts)
{
    char      tag[12];
    unsigned  slot, least;

    firsts->n = 0;
    least = OS_SLOTS;

    for (unsigned number = 0; least >= OS_SLOTS / OS_SHARDS_MAX
                              && firsts->n < OS_FIRSTS_MAX; number++)
    {
        snprintf(tag, sizeof(tag), "%u", number);
        slot = os_space_tag_slot(os_str(tag));

        if (slot < least) {
            least = slot;
            memcpy(firsts->tag[firsts->n++], tag, sizeof(tag));
        }
    }
}


unsigned
os_space_tag_slot(os_str_t tag)
{
    return os_crc16(tag.data, tag.len) % OS_SLOTS;
}


unsigned
os_space_shard(const os_space_t *s, os_str_t a, os_str_t b, os_str_t c)
{
    uint16_t  crc;

    crc = os_crc16_more(0, a.data, a.len);
    crc = os_crc16_more(crc, "/", 1);
    crc = os_crc16_more(crc, b.data, b.len);

    if (c.data != NULL) {
        crc = os_crc16_more(crc, "/", 1);
        crc = os_crc16_more(crc, c.data, c.len);
    }

    return crc % s->shards;
}


unsigned
os_space_slot(const os_space_t *s, unsigned shard)
{
    return os_space_tag_slot(os_str(s->tag[shard]));
}


void
os_space_key(const os_space_t *s, unsigned shard, const char *name,
    os_str_t a, os_str_t b, os_str_t c, os_buf_t *out)
{
    os_buf_add(out, s->head[shard], s->head_len[shard]);
    os_buf_text(out, name);

    if (a.data != NULL) {
        os_buf_char(out, ':');
        os_buf_str(out, a);
    }

    if (b.data != NULL) {
        os_buf_char(out, '/');
        os_buf_str(out, b);
    }

    if (c.data != NULL) {
        os_buf_char(out, '/');
        os_buf_str(out, c);
    }
}
