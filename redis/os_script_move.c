/*
 * os_script_move: see os_script_move.h.
 */

#include "redis/os_script_move.h"


os_script_t  os_script_keys_out = { "keys_out",
    "local out = {}\n"
    "for i = 1, #KEYS do\n"
    "  local bytes = redis.call('DUMP', KEYS[i])\n"
    "  out[i * 2 - 1] = bytes and redis.call('PTTL', KEYS[i]) or -2\n"
    "  out[i * 2] = bytes or ''\n"
    "end\n"
    "return out\n", "" };


/* A time to live of 0 would be one without end. */
os_script_t  os_script_keys_in = { "keys_in",
    "for i = 1, #KEYS do\n"
    "  local left = tonumber(ARGV[i * 2 - 1])\n"
    "  if left == 0 then left = 1 end\n"
    "  if left ~= -2 and redis.call('EXISTS', KEYS[i]) == 0 then\n"
    "    redis.call('RESTORE', KEYS[i], math.max(left, 0), ARGV[i * 2])\n"
    "  end\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_entries_in = { "entries_in",
    "local function parts(id)\n"
    "  local ms, n = string.match(id, '^(%d+)-(%d+)$')\n"
    "  return tonumber(ms), tonumber(n)\n"
    "end\n"
    "local last, new = redis.call('HGET', KEYS[1], ARGV[1]) or '0-0', 0\n"
    "local ms, n = parts(last)\n"
    "local at = 2\n"
    "while at < #ARGV do\n"
    "  local id, words = ARGV[at], tonumber(ARGV[at + 1])\n"
    "  local its_ms, its_n = parts(id)\n"
    "  if its_ms > ms or (its_ms == ms and its_n > n) then\n"
    "    redis.call('XADD', KEYS[2], '*', unpack(ARGV, at + 2,\n"
    "      at + 1 + words))\n"
    "    last, ms, n, new = id, its_ms, its_n, new + 1\n"
    "  end\n"
    "  at = at + 2 + words\n"
    "end\n"
    "redis.call('HSET', KEYS[1], ARGV[1], last)\n"
    "return new\n", "" };


os_script_t  os_script_jobs_out = { "jobs_out",
    "local all = redis.call('ZRANGE', KEYS[1], ARGV[1],\n"
    "  ARGV[1] + ARGV[2] - 1, 'WITHSCORES')\n"
    "local out = {#all / 2}\n"
    "for i = 1, #all, 2 do\n"
    "  local key, due = all[i], tonumber(all[i + 1])\n"
    "  if due <= -5e13 then\n"
    "    due = due + math.floor((5e13 - due) / 1e14) * 1e14\n"
    "  end\n"
    "  local json = redis.call('HGET', KEYS[2] .. ':'\n"
    "    .. string.sub(key, 1, 2), string.sub(key, 3))\n"
    "  if json then\n"
    "    out[#out + 1], out[#out + 2] = key, json\n"
    "    out[#out + 1] = string.format('%.0f', due)\n"
    "  else\n"
    "    redis.call('ZREM', KEYS[1], key)\n"
    "    out[1] = out[1] - 1\n"
    "  end\n"
    "end\n"
    "return out\n", "" };


os_script_t  os_script_jobs_in = { "jobs_in",
    "for i = 1, #ARGV, 3 do\n"
    "  local key = ARGV[i]\n"
    "  redis.call('HSETNX', KEYS[2] .. ':' .. string.sub(key, 1, 2),\n"
    "    string.sub(key, 3), ARGV[i + 1])\n"
    "  redis.call('ZADD', KEYS[1], 'NX', ARGV[i + 2], key)\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_jobs_gone = { "jobs_gone",
    "for i = 1, #ARGV do\n"
    "  redis.call('HDEL', KEYS[2] .. ':' .. string.sub(ARGV[i], 1, 2),\n"
    "    string.sub(ARGV[i], 3))\n"
    "  redis.call('ZREM', KEYS[1], ARGV[i])\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_dead_out = { "dead_out",
    "local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])\n"
    "local out = {page[1]}\n"
    "for i = 1, #page[2], 2 do\n"
    "  local id = page[2][i]\n"
    "  out[#out + 1], out[#out + 2] = id, page[2][i + 1]\n"
    "  out[#out + 1] = redis.call('ZSCORE', KEYS[2], id) or ''\n"
    "  out[#out + 1] = redis.call('ZSCORE', KEYS[3], id) or ''\n"
    "end\n"
    "return out\n", "" };


os_script_t  os_script_dead_in = { "dead_in",
    "for i = 1, #ARGV, 4 do\n"
    "  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])\n"
    "  for n = 2, 3 do\n"
    "    if ARGV[i + n] ~= '' then\n"
    "      redis.call('ZADD', KEYS[n], 'NX', ARGV[i + n], ARGV[i])\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_dead_gone = { "dead_gone",
    "for i = 1, #ARGV do\n"
    "  redis.call('HDEL', KEYS[1], ARGV[i])\n"
    "  redis.call('ZREM', KEYS[2], ARGV[i])\n"
    "  redis.call('ZREM', KEYS[3], ARGV[i])\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_held_in = { "held_in",
    "redis.call('SET', KEYS[1], ARGV[2], 'NX')\n"
    "redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[1])\n"
    "return 1\n", "" };


os_script_t  os_script_merge = { "merge",
    "if redis.call('HSETNX', KEYS[1], ARGV[1], '1') == 0 then return 0 end\n"
    "if ARGV[2] == 'budget' then\n"
    "  redis.call('INCRBY', KEYS[2], ARGV[3])\n"
    "elseif ARGV[2] == 'pool' then\n"
    "  for i = 3, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end\n"
    "else\n"
    "  for i = 3, #ARGV, 2 do\n"
    "    redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])\n"
    "  end\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_unmove = { "unmove",
    "local all = redis.call('LRANGE', KEYS[1], 0, -1)\n"
    "if all[1] ~= ARGV[1] then return 0 end\n"
    "for i = 2, #all do\n"
    "  if ARGV[2] == '1' then redis.call('INCRBY', KEYS[2], all[i])\n"
    "  else redis.call('LPUSH', KEYS[2], all[i]) end\n"
    "end\n"
    "redis.call('DEL', KEYS[1])\n"
    "return 1\n", "" };


void
os_script_move_init(void)
{
    size_t        i;
    os_script_t  *all[] = {
        &os_script_keys_out, &os_script_keys_in, &os_script_entries_in,
        &os_script_jobs_out, &os_script_jobs_in, &os_script_jobs_gone,
        &os_script_dead_out, &os_script_dead_in, &os_script_dead_gone,
        &os_script_held_in, &os_script_merge, &os_script_unmove
    };

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        os_script_init(all[i]);
    }
}
