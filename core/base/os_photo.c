/*
 * os_photo: see os_photo.h.
 */

#include <string.h>

#include "core/base/os_photo.h"


#define OS_JPEG_SOI   0xd8
#define OS_JPEG_EOI   0xd9
#define OS_JPEG_SOS   0xda
#define OS_JPEG_APP0  0xe0
#define OS_JPEG_APP2  0xe2      /* a colour profile lives here */
#define OS_JPEG_APP14 0xee      /* how its colours are meant */
#define OS_JPEG_COM   0xfe

#define OS_PNG_HEAD   8
#define OS_WEBP_HEAD  12


static unsigned
os_byte(os_str_t s, size_t at)
{
    return (unsigned char) s.data[at];
}


static unsigned
os_big16(os_str_t s, size_t at)
{
    return os_byte(s, at) << 8 | os_byte(s, at + 1);
}


static unsigned
os_big32(os_str_t s, size_t at)
{
    return os_big16(s, at) << 16 | os_big16(s, at + 2);
}


static unsigned
os_little24(os_str_t s, size_t at)
{
    return os_byte(s, at) | os_byte(s, at + 1) << 8
           | os_byte(s, at + 2) << 16;
}


static unsigned
os_little32(os_str_t s, size_t at)
{
    return os_little24(s, at) | os_byte(s, at + 3) << 24;
}


static int
os_is(os_str_t s, size_t at, const char *word)
{
    return at + 4 <= s.len && memcmp(s.data + at, word, 4) == 0;
}


/* The segment at `at`: its marker and where the next one is; 0 at a fault. */
static size_t
os_jpeg_next(os_str_t s, size_t at, unsigned *marker)
{
    size_t  len;

    if (at + 4 > s.len || os_byte(s, at) != 0xff) {
        return 0;
    }

    *marker = os_byte(s, at + 1);
    len = os_big16(s, at + 2);

    return len >= 2 && at + 2 + len <= s.len ? at + 2 + len : 0;
}


/* A frame header, but not the tables that have markers among them. */
static int
os_jpeg_is_frame(unsigned marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4
           && marker != 0xc8 && marker != 0xcc;
}


static int
os_jpeg_read(os_str_t s, unsigned *width, unsigned *height)
{
    size_t    at, next;
    unsigned  marker;

    for (at = 2; (next = os_jpeg_next(s, at, &marker)) != 0; at = next) {

        if (os_jpeg_is_frame(marker)) {
            if (next - at < 10) {
                return -1;
            }

            *height = os_big16(s, at + 5);
            *width = os_big16(s, at + 7);
            return 0;
        }

        if (marker == OS_JPEG_SOS) {
            return -1;
        }
    }

    return -1;
}


/*
 * Where the bytes of a scan end: at the next marker that is none of theirs. A
 * zero behind 0xff is stuffed, and restarts stand among them.
 */
static size_t
os_jpeg_scan(os_str_t s, size_t at)
{
    unsigned  next;

    for ( ; at + 2 <= s.len; at++) {
        next = os_byte(s, at + 1);

        if (os_byte(s, at) == 0xff && next != 0 && next != 0xff
            && (next < 0xd0 || next > 0xd7))
        {
            return at;
        }
    }

    return s.len;
}


/* APP2 also tells of pictures that follow; only a profile is of this one. */
static int
os_jpeg_is_profile(os_str_t s, size_t at, size_t next)
{
    static const char  name[] = "ICC_PROFILE";

    return next - at >= 4 + sizeof(name)
           && memcmp(s.data + at + 4, name, sizeof(name)) == 0;
}


/*
 * One picture, to its own end. What follows is dropped: cameras put more
 * pictures there, whole ones that tell where they were taken.
 */
static int
os_jpeg_strip(os_str_t s, os_buf_t *out)
{
    size_t    at, next;
    unsigned  marker;

    os_buf_add(out, s.data, 2);

    for (at = 2; (next = os_jpeg_next(s, at, &marker)) != 0; at = next) {

        if (marker == OS_JPEG_SOS) {
            next = os_jpeg_scan(s, next);

            if (next + 2 <= s.len && os_byte(s, next + 1) == OS_JPEG_EOI) {
                os_buf_add(out, s.data + at, next + 2 - at);
                return 0;
            }
        }

        if ((marker < OS_JPEG_APP0 || marker > 0xef) && marker != OS_JPEG_COM) {
            os_buf_add(out, s.data + at, next - at);

        } else if (marker == OS_JPEG_APP0 || marker == OS_JPEG_APP14
                   || (marker == OS_JPEG_APP2
                       && os_jpeg_is_profile(s, at, next)))
        {
            os_buf_add(out, s.data + at, next - at);
        }
    }

    return -1;
}


static int
os_png_read(os_str_t s, unsigned *width, unsigned *height)
{
    if (s.len < 33 || !os_is(s, 12, "IHDR")) {
        return -1;
    }

    *width = os_big32(s, 16);
    *height = os_big32(s, 20);

    return 0;
}


static int
os_png_strip(os_str_t s, os_buf_t *out)
{
    size_t    i, at, len;
    unsigned  drop;

    static const char *const  gone[] = { "eXIf", "tEXt", "zTXt", "iTXt",
                                         "tIME" };

    os_buf_add(out, s.data, OS_PNG_HEAD);

    for (at = OS_PNG_HEAD; at + 12 <= s.len; at += len + 12) {
        len = os_big32(s, at);

        if (len > s.len - at - 12) {
            return -1;
        }

        for (i = drop = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
            drop |= (unsigned) os_is(s, at + 4, gone[i]);
        }

        if (!drop) {
            os_buf_add(out, s.data + at, len + 12);
        }

        if (os_is(s, at + 4, "IEND")) {
            return 0;
        }
    }

    return -1;
}


static int
os_webp_read(os_str_t s, unsigned *width, unsigned *height)
{
    if (s.len < 30) {
        return -1;
    }

    if (os_is(s, 12, "VP8X")) {
        *width = os_little24(s, 24) + 1;
        *height = os_little24(s, 27) + 1;
        return 0;
    }

    if (os_is(s, 12, "VP8 ")) {
        *width = (os_byte(s, 26) | os_byte(s, 27) << 8) & 0x3fff;
        *height = (os_byte(s, 28) | os_byte(s, 29) << 8) & 0x3fff;
        return os_byte(s, 23) == 0x9d && os_byte(s, 24) == 0x01
               && os_byte(s, 25) == 0x2a ? 0 : -1;
    }

    if (os_is(s, 12, "VP8L") && os_byte(s, 20) == 0x2f) {
        *width = (os_little32(s, 21) & 0x3fff) + 1;
        *height = (os_little32(s, 21) >> 14 & 0x3fff) + 1;
        return 0;
    }

    return -1;
}


/* The flags of VP8X say what there is: bit 3 EXIF, bit 2 XMP. */
static int
os_webp_strip(os_str_t s, os_buf_t *out)
{
    size_t    at, len, begin, size;
    unsigned  n;

    begin = out->len;
    os_buf_add(out, s.data, OS_WEBP_HEAD);

    for (at = OS_WEBP_HEAD; at + 8 <= s.len; at += len) {
        len = os_little32(s, at + 4);

        if (len > s.len - at - 8) {
            return -1;
        }

        len = 8 + len + (len & 1);
        len = len > s.len - at ? s.len - at : len;

        if (!os_is(s, at, "EXIF") && !os_is(s, at, "XMP ")) {
            os_buf_add(out, s.data + at, len);

            if (os_is(s, at, "VP8X") && !out->failed) {
                out->data[out->len - len + 8] &= ~0x0c;
            }
        }
    }

    if (out->failed) {
        return -1;
    }

    size = out->len - begin - 8;

    for (n = 0; n < 4; n++) {
        out->data[begin + 4 + n] = (char) (size >> 8 * n & 0xff);
    }

    return 0;
}


os_photo_t
os_photo_read(os_str_t bytes, unsigned *width, unsigned *height)
{
    static const char  png[] = "\x89PNG\r\n\x1a\n";

    if (bytes.len > 4 && os_byte(bytes, 0) == 0xff
        && os_byte(bytes, 1) == OS_JPEG_SOI)
    {
        return os_jpeg_read(bytes, width, height) == 0 ? OS_PHOTO_JPEG
                                                       : OS_PHOTO_NONE;
    }

    if (os_str_starts(bytes, (os_str_t) { OS_PNG_HEAD, png })) {
        return os_png_read(bytes, width, height) == 0 ? OS_PHOTO_PNG
                                                      : OS_PHOTO_NONE;
    }

    if (os_is(bytes, 0, "RIFF") && os_is(bytes, 8, "WEBP")) {
        return os_webp_read(bytes, width, height) == 0 ? OS_PHOTO_WEBP
                                                       : OS_PHOTO_NONE;
    }

    return OS_PHOTO_NONE;
}


const char *
os_photo_suffix(os_photo_t kind)
{
    static const char *const  suffixes[] = { "", "jpg", "png", "webp" };

    return suffixes[kind];
}


const char *
os_photo_type(os_photo_t kind)
{
    static const char *const  types[] = { "", "image/jpeg", "image/png",
                                          "image/webp" };

    return types[kind];
}


int
os_photo_strip(os_photo_t kind, os_str_t bytes, os_buf_t *out)
{
    switch (kind) {

    case OS_PHOTO_JPEG:
        return os_jpeg_strip(bytes, out);

    case OS_PHOTO_PNG:
        return os_png_strip(bytes, out);

    case OS_PHOTO_WEBP:
        return os_webp_strip(bytes, out);

    case OS_PHOTO_NONE:
        break;
    }

    return -1;
}
