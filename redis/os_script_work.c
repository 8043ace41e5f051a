/*
 * os_script_work: the worker's scripts. See os_script_work.h.
 */

#include "redis/os_script_work.h"


#define OS_CLOCK_SLACK  "1000"          /* ms that a clock may go back unseen */
#define OS_CLOSED_MS  "120000"      /* a word that a provider is closed */

#define OS_LUA_NOW                                                            \
    "local t = redis.call('TIME')\n"                                          \
    "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"

/*
 * A script whose first write is not one that a full Redis refuses goes on (6.2
 * and 7.0 alike). What frees memory must work just then.
 */
#define OS_LUA_FULL                                                           \
    "redis.call('DEL', KEYS[1] .. ':none')\n"

#define OS_LUA_FENCE                                                          \
    "local lease = redis.call('HMGET', KEYS[1], 'owner', 'epoch')\n"          \
    "if lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2] then return -1 end\n"

/*
 * From a lane of the due set to the next; ms, more than any time there is.
 * born(score): when a job is due, whatever lane it is in.
 */
#define OS_LUA_LANE  "1e14"
#define OS_LUA_HALF  "5e13"

#define OS_LUA_BORN                                                           \
    "local function born(score)\n"                                            \
    "  if score > -" OS_LUA_HALF " then return score end\n"                   \
    "  return score + math.floor((" OS_LUA_HALF " - score) / " OS_LUA_LANE     \
    ") * " OS_LUA_LANE "\n"                                                   \
    "end\n"                                                                   \
    "local function moved(score, lane)\n"                                     \
    "  return string.format('%.0f', born(score) - lane * " OS_LUA_LANE ")\n"  \
    "end\n"

/*
 * A job's key is the part that it lies in, by its order, and its id: all jobs
 * of an order lie in one hash, KEYS[n]:PART.
 */
#define OS_LUA_PART(jobs)                                                     \
    "local function part(key)\n"                                              \
    "  return " jobs " .. ':' .. string.sub(key, 1, 2), string.sub(key, 3)\n" \
    "end\n"

/* The same of a job's JSON. */
#define OS_LUA_KEY                                                            \
    "local function key(id, json)\n"                                          \
    "  local good, j = pcall(cjson.decode, json)\n"                           \
    "  local order = good and type(j) == 'table' and j.order or ''\n"         \
    "  local digits = string.sub(redis.sha1hex(order), 1, 2)\n"               \
    "  return string.format('%02x', tonumber(digits, 16) % 64) .. id\n"       \
    "end\n"

/* put(json): a job that is put back, with the time of it. */
#define OS_LUA_PUT                                                            \
    "local function put(json)\n"                                              \
    "  return string.sub(json, 1, -2)\n"                                      \
    "    .. string.format(',\"put_ms\":%.0f}', now)\n"                        \
    "end\n"

/*
 * bury(dead, died, stat, id, json, now): a dead letter, in the hash and in the
 * order in which they died; the oldest go, by age and by number.
 */
#define OS_DEAD_KEEP  "7776000000"      /* ms: 90 days */
#define OS_DEAD_MOST  "10000"

#define OS_LUA_BURY                                                           \
    "local function drop_dead(dead, died, stat, ids)\n"                       \
    "  for _, id in ipairs(ids) do\n"                                         \
    "    redis.call('HDEL', dead, id)\n"                                      \
    "    redis.call('ZREM', died, id)\n"                                      \
    "    redis.call('HINCRBY', stat, '-:dead.dropped', 1)\n"                  \
    "  end\n"                                                                 \
    "end\n"                                                                   \
    "local function bury(dead, died, stat, id, json, now)\n"                  \
    "  local ms = string.format('%.0f', now)\n"                               \
    "  redis.call('HSET', dead, id, json)\n"                                  \
    "  redis.call('ZADD', died, ms, id)\n"                                    \
    "  if redis.call('HLEN', dead) > redis.call('ZCARD', died) then\n"        \
    "    for _, old in ipairs(redis.call('HKEYS', dead)) do\n"                \
    "      redis.call('ZADD', died, 'NX', ms, old)\n"                         \
    "    end\n"                                                               \
    "  end\n"                                                                 \
    "  local old = string.format('%.0f', now - " OS_DEAD_KEEP ")\n"            \
    "  drop_dead(dead, died, stat,\n"                                         \
    "    redis.call('ZRANGEBYSCORE', died, '-inf', old, 'LIMIT', 0, 100))\n"  \
    "  local more = redis.call('ZCARD', died) - " OS_DEAD_MOST "\n"           \
    "  if more > 0 then\n"                                                    \
    "    drop_dead(dead, died, stat, redis.call('ZRANGE', died, 0,\n"         \
    "      math.min(more, 100) - 1))\n"                                       \
    "  end\n"                                                                 \
    "end\n"

/* Walks through the arguments. */
#define OS_LUA_WALK                                                           \
    "local at = 2\n"                                                          \
    "local function arg() at = at + 1; return ARGV[at] end\n"                 \
    "local prefix = arg()\n"

/*
 * Is there room? Asked by a write that changes nothing, and that a full Redis
 * refuses, before the first one that it does not refuse.
 */
#define OS_LUA_ROOM                                                           \
    "local full = type(redis.pcall('SETRANGE', KEYS[1] .. ':none', 0, ''))\n" \
    "  == 'table'\n"

/*
 * fact(stream, json): for those who count; false where there is no room.
 * facts_trim(stream, stat): what is too old goes, and what is too much, which
 * is counted. Takes two arguments.
 */
#define OS_LUA_FACTS                                                          \
    "local keep, most, facts, lost = tonumber(arg()), arg(), 0, 0\n"          \
    "local function fact(stream, json)\n"                                     \
    "  if full then\n"                                                        \
    "    lost = lost + 1\n"                                                   \
    "    return false\n"                                                      \
    "  end\n"                                                                 \
    "  facts = facts + 1\n"                                                   \
    "  redis.call('XADD', stream, '*', 'e', json)\n"                          \
    "  return true\n"                                                         \
    "end\n"                                                                   \
    "local function facts_trim(stream, stat)\n"                               \
    "  if facts > 0 then\n"                                                   \
    "    redis.call('XTRIM', stream, 'MINID', '~',\n"                         \
    "      string.format('%.0f', now - keep * 1000))\n"                       \
    "    lost = lost + redis.call('XTRIM', stream, 'MAXLEN', '~', most)\n"    \
    "  end\n"                                                                 \
    "  if lost > 0 then\n"                                                    \
    "    redis.call('HINCRBY', stat, '-:facts.lost', lost)\n"                 \
    "  end\n"                                                                 \
    "end\n"

#define OS_LUA_COUNT                                                          \
    "for i = 1, tonumber(arg()) do\n"                                         \
    "  local field = arg()\n"                                                 \
    "  redis.call('HINCRBY', stat, field, arg())\n"                           \
    "end\n"

/*
 * decide(name, nonce, set, withdraw, why, store): the decision of that nonce,
 * and no other, gets members set, or gives back what it took.
 */
#define OS_LUA_DECIDE                                                         \
    "local function give_back(d, store)\n"                                    \
    "  local terms = d.terms or {}\n"                                         \
    "  if d.code and terms.pool\n"                                            \
    "    and not (terms.give == 'next_order' and d.applied == 'done')\n"      \
    "  then\n"                                                                \
    "    redis.call('RPUSH', prefix .. 'pool:' .. store .. '/'\n"             \
    "      .. terms.pool, d.code)\n"                                          \
    "  end\n"                                                                 \
    "  if terms.budget and terms.amount and terms.currency then\n"            \
    "    local key = prefix .. 'budget:' .. store .. '/' .. d.offer .. '/'\n" \
    "      .. terms.currency\n"                                               \
    "    if redis.call('EXISTS', key) == 1 then\n"                            \
    "      redis.call('INCRBY', key, string.format('%.0f', terms.amount))\n"  \
    "    end\n"                                                               \
    "  end\n"                                                                 \
    "end\n"                                                                   \
    "local function decide(name, nonce, set, withdraw, why, store)\n"         \
    "  local key = prefix .. 'd:' .. name\n"                                  \
    "  local was = redis.call('GET', key)\n"                                  \
    "  if not was then return end\n"                                          \
    "  local good, d = pcall(cjson.decode, was)\n"                            \
    "  if not good or type(d) ~= 'table' then return end\n"                   \
    "  if d.nonce ~= nonce or d.state ~= 'accepted' then return end\n"        \
    "  for k, v in pairs(cjson.decode(set)) do d[k] = v end\n"                \
    "  if withdraw == '1' then\n"                                             \
    "    give_back(d, store)\n"                                               \
    "    d.state, d.why, d.code = 'withdrawn', why, nil\n"                    \
    "  end\n"                                                                 \
    "  redis.call('SET', key, cjson.encode(d), 'KEEPTTL')\n"                  \
    "end\n"


/*
 * A clock that went back makes no lease longer than it was given; that it went
 * is kept until os_script_rewind has come to the shard's end.
 */
os_script_t  os_script_lease = { "lease",
    OS_LUA_FULL
    OS_LUA_NOW
    "local l = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'until_ms',\n"
    "  'seen_ms', 'rewind')\n"
    "local epoch = tonumber(l[2] or 0)\n"
    "local left = tonumber(l[3] or 0) - now\n"
    "if left > tonumber(ARGV[2]) then\n"
    "  left = tonumber(ARGV[2])\n"
    "  redis.call('HSET', KEYS[1], 'until_ms',\n"
    "    string.format('%.0f', now + left))\n"
    "end\n"
    "if l[1] ~= ARGV[1] then\n"
    "  if left > 0 then return {0, now, left, 0} end\n"
    "  epoch = epoch + 1\n"
    "end\n"
    "local rewind = tonumber(l[5] or 0)\n"
    "if now < tonumber(l[4] or 0) - " OS_CLOCK_SLACK " then\n"
    "  rewind = 1\n"
    "  redis.call('HSET', KEYS[1], 'rewind', 1)\n"
    "end\n"
    "redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'epoch', epoch,\n"
    "  'until_ms', string.format('%.0f', now + ARGV[2]),\n"
    "  'seen_ms', string.format('%.0f', now))\n"
    "return {epoch, now, tonumber(ARGV[2]), rewind}\n", "" };


os_script_t  os_script_alive = { "alive",
    OS_LUA_FULL
    OS_LUA_NOW
    "redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])\n"
    "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf',\n"
    "  string.format('%.0f', now - ARGV[2]))\n"
    "redis.call('ZREMRANGEBYSCORE', KEYS[1],\n"
    "  string.format('%.0f', now + ARGV[2]), '+inf')\n"
    "local all, before = redis.call('ZRANGE', KEYS[1], 0, -1), 0\n"
    "for i = 1, #all do\n"
    "  if all[i] < ARGV[1] then before = before + 1 end\n"
    "end\n"
    "for i = 3, #ARGV, 2 do\n"
    "  if tonumber(ARGV[i + 1]) == 0 then\n"
    "    redis.call('HDEL', KEYS[2], ARGV[i])\n"
    "  else\n"
    "    redis.call('HSET', KEYS[2], ARGV[i],\n"
    "      string.format('%.0f', now + ARGV[i + 1]))\n"
    "  end\n"
    "end\n"
    "local was, closed = redis.call('HGETALL', KEYS[2]), {}\n"
    "for i = 1, #was, 2 do\n"
    "  local left = tonumber(was[i + 1]) - now\n"
    "  if math.abs(left) > " OS_CLOSED_MS " then\n"
    "    redis.call('HDEL', KEYS[2], was[i])\n"
    "  else\n"
    "    closed[#closed + 1] = was[i]\n"
    "    closed[#closed + 1] = left\n"
    "  end\n"
    "end\n"
    "return {#all, before, closed}\n", "" };


os_script_t  os_script_pauses = { "pauses",
    "local all = redis.call('HKEYS', KEYS[1])\n"
    "table.sort(all)\n"
    "return all\n", "" };


os_script_t  os_script_unlease = { "unlease",
    "local lease = redis.call('HMGET', KEYS[1], 'owner', 'epoch')\n"
    "if lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2] then return 0 end\n"
    "redis.call('HSET', KEYS[1], 'owner', '', 'until_ms', 0)\n"
    "return 1\n", "" };


/* What is handed out lies in a lane of its own until it is settled. */
os_script_t  os_script_poll = { "poll",
    OS_LUA_FULL
    OS_LUA_FENCE
    OS_LUA_NOW
    OS_LUA_BORN
    OS_LUA_PART("KEYS[5]")
    "local ids, jobs, lanes, taken, late = {}, {}, {}, {}, {}\n"
    "local function due(lane, most)\n"
    "  local base = lane * " OS_LUA_LANE "\n"
    "  local new = redis.call('ZRANGEBYSCORE', KEYS[4],\n"
    "    string.format('%.0f', -base - " OS_LUA_HALF "),\n"
    "    string.format('%.0f', now - base), 'WITHSCORES', 'LIMIT', 0, most)\n"
    "  for i = 1, #new, 2 do\n"
    "    local json = redis.call('HGET', part(new[i]))\n"
    "    if json then\n"
    "      ids[#ids + 1], jobs[#jobs + 1] = new[i], json\n"
    "      lanes[#lanes + 1] = lane\n"
    "      late[#late + 1] = now - base - tonumber(new[i + 1])\n"
    "      taken[#taken + 1] = moved(tonumber(new[i + 1]), ARGV[6])\n"
    "      taken[#taken + 1] = new[i]\n"
    "    else\n"
    "      redis.call('ZREM', KEYS[4], new[i])\n"
    "    end\n"
    "  end\n"
    "end\n"
    "for i = 9, #ARGV, 2 do due(tonumber(ARGV[i]), ARGV[i + 1]) end\n"
    "if ARGV[5] ~= '0' then due(0, ARGV[5]) end\n"
    "if #taken > 0 then redis.call('ZADD', KEYS[4], unpack(taken)) end\n"
    "local function read(key, most, left, big)\n"
    "  local out, from = {}, '-'\n"
    "  while #out < most do\n"
    "    local some = redis.call('XRANGE', key, from, '+', 'COUNT',\n"
    "      math.min(most - #out, #out == 0 and 1 or 16))\n"
    "    if #some == 0 then return out end\n"
    "    for i = 1, #some do\n"
    "      for n = 1, #some[i][2] do left = left - #some[i][2][n] end\n"
    "      if left < 0 and #out > 0 then return out end\n"
    "      if left < 0 and not big then return 1 end\n"
    "      out[#out + 1] = some[i]\n"
    "      from = '(' .. some[i][1]\n"
    "    end\n"
    "  end\n"
    "  return out\n"
    "end\n"
    "local soon = ARGV[5] ~= '0' and redis.call('ZRANGEBYSCORE', KEYS[4],\n"
    "  string.format('(%.0f', now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]\n"
    "return {now, read(KEYS[2], tonumber(ARGV[3]), tonumber(ARGV[7]), true),\n"
    "  read(KEYS[3], tonumber(ARGV[4]), tonumber(ARGV[7]), ARGV[8] == '1'),\n"
    "  ids, jobs, lanes, late, soon and tonumber(soon) - now or -1}\n", "" };


os_script_t  os_script_park = { "park",
    OS_LUA_FULL
    OS_LUA_FENCE
    OS_LUA_BORN
    "for i = 3, #ARGV, 2 do\n"
    "  local score = redis.call('ZSCORE', KEYS[2], ARGV[i + 1])\n"
    "  if score then\n"
    "    redis.call('ZADD', KEYS[2], moved(tonumber(score), ARGV[i]),\n"
    "      ARGV[i + 1])\n"
    "  end\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_unpark = { "unpark",
    OS_LUA_FULL
    OS_LUA_FENCE
    OS_LUA_BORN
    "local all = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf',\n"
    "  '-" OS_LUA_HALF "', 'WITHSCORES', 'LIMIT', 0, ARGV[3])\n"
    "for i = 1, #all, 2 do\n"
    "  redis.call('ZADD', KEYS[2], moved(tonumber(all[i + 1]), 0), all[i])\n"
    "end\n"
    "return #all / 2\n", "" };


os_script_t  os_script_adopt = { "adopt",
    OS_LUA_FULL
    OS_LUA_FENCE
    OS_LUA_BORN
    OS_LUA_PART("KEYS[3]")
    OS_LUA_KEY
    "local all = redis.call('ZRANGE', KEYS[4], 0, ARGV[3] - 1,\n"
    "  'WITHSCORES')\n"
    "for i = 1, #all, 2 do\n"
    "  local id = all[i]\n"
    "  local json = redis.call('HGET', KEYS[3], id)\n"
    "  if json then\n"
    "    local name = key(id, json)\n"
    "    local hash = part(name)\n"
    "    if redis.call('HSETNX', hash, id, json) == 1 then\n"
    "      redis.call('ZADD', KEYS[2], moved(tonumber(all[i + 1]), 0), name)\n"
    "    end\n"
    "    redis.call('HDEL', KEYS[3], id)\n"
    "  end\n"
    "  redis.call('ZREM', KEYS[4], id)\n"
    "end\n"
    "return #all / 2\n", "" };


/*
 * A job that waits from when it was put back (put_ms), or that was due when it
 * was made, does so by the clock of that moment. Others wait for a time of day.
 */
os_script_t  os_script_rewind = { "rewind",
    OS_LUA_FULL
    OS_LUA_FENCE
    OS_LUA_NOW
    OS_LUA_BORN
    OS_LUA_PART("KEYS[3]")
    OS_LUA_PUT
    "local function ahead(json, due)\n"
    "  local good, j = pcall(cjson.decode, json or '')\n"
    "  if not good or type(j) ~= 'table' then return 0 end\n"
    "  local put = tonumber(j.put_ms)\n"
    "  local made = tonumber(j.made_ms) or 0\n"
    "  if not put and due > made then return 0 end\n"
    "  return (put or made) - now\n"
    "end\n"
    "local got = redis.call('ZSCAN', KEYS[2], ARGV[3], 'COUNT', ARGV[4])\n"
    "local all = got[2]\n"
    "for i = 1, #all, 2 do\n"
    "  local score = tonumber(all[i + 1])\n"
    "  local hash, id = part(all[i])\n"
    "  local json = born(score) > now and redis.call('HGET', hash, id)\n"
    "  local by = json and ahead(json, born(score)) or 0\n"
    "  if by > " OS_CLOCK_SLACK " then\n"
    "    redis.call('ZADD', KEYS[2], string.format('%.0f', score - by),\n"
    "      all[i])\n"
    "    json = string.gsub(json, ',\"put_ms\":%d+', '')\n"
    "    redis.call('HSET', hash, id, put(json))\n"
    "  end\n"
    "end\n"
    "if got[1] == '0' then redis.call('HDEL', KEYS[1], 'rewind') end\n"
    "return got[1]\n", "" };


/*
 * Orders come last: a commit that fails half-way has changed no record, so that
 * the same events come to the same again. A full Redis is given no facts.
 */
os_script_t  os_script_commit = { "commit",
    OS_LUA_ROOM
    OS_LUA_FULL
    OS_LUA_FENCE
    OS_LUA_WALK
    OS_LUA_NOW
    OS_LUA_FACTS
    "for i = 1, tonumber(arg()) do\n"
    "  local json, order, id, words = arg(), arg(), arg(), arg()\n"
    "  if fact(KEYS[7], json) and words ~= '' then\n"
    "    local key = prefix .. 'words:' .. order\n"
    "    redis.call('HSET', key, id, words)\n"
    "    redis.call('EXPIRE', key, keep)\n"
    "  end\n"
    "end\n"
    "facts_trim(KEYS[7], KEYS[5])\n"
    "local made = tonumber(arg())\n"
    "local stat = KEYS[5]\n"
    OS_LUA_PART("KEYS[4]")
    OS_LUA_DECIDE
    "local entries = {}\n"
    "for i = 1, tonumber(arg()) do entries[i] = arg() end\n"
    "local orders = {}\n"
    "for i = 1, tonumber(arg()) do orders[i] = {arg(), arg()} end\n"
    "for i = 1, tonumber(arg()) do\n"
    "  local key, json, due = arg(), arg(), arg()\n"
    "  local hash, id = part(key)\n"
    "  if not redis.call('ZSCORE', KEYS[6], id)\n"
    "    and redis.call('HEXISTS', prefix .. 'dead', id) == 0\n"
    "    and redis.call('HSETNX', hash, id, json) == 1 then\n"
    "    if made > now + " OS_CLOCK_SLACK " and tonumber(due) <= made then\n"
    "      due = string.format('%.0f', now)\n"
    "    end\n"
    "    redis.call('ZADD', KEYS[3], due, key)\n"
    "  end\n"
    "end\n"
    "for i = 1, tonumber(arg()) do\n"
    "  local key = arg()\n"
    "  local json = redis.call('HGET', part(key)) or ''\n"
    "  if not string.find(json, '\"unanswered\":{', 1, true) then\n"
    "    redis.call('HDEL', part(key))\n"
    "    redis.call('ZREM', KEYS[3], key)\n"
    "  end\n"
    "end\n"
    "for i = 1, tonumber(arg()) do\n"
    "  decide(arg(), arg(), arg(), arg(), arg(), arg())\n"
    "end\n"
    OS_LUA_COUNT
    "for i = 1, #orders do\n"
    "  redis.call('SET', KEYS[7 + i], orders[i][1], 'EX', orders[i][2])\n"
    "  redis.pcall('PUBLISH', prefix .. 'changed',\n"
    "    string.sub(KEYS[7 + i], #prefix + 3))\n"
    "end\n"
    "if #entries > 0 then redis.call('XDEL', KEYS[2], unpack(entries)) end\n"
    "return now\n", "" };


os_script_t  os_script_aside = { "aside",
    OS_LUA_FULL
    OS_LUA_FENCE
    "local entry = redis.call('XRANGE', KEYS[2], ARGV[3], ARGV[3])[1]\n"
    "if entry then\n"
    "  redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*',\n"
    "    unpack(entry[2]))\n"
    "  redis.call('XDEL', KEYS[2], ARGV[3])\n"
    "  redis.call('HINCRBY', KEYS[4], '-:events.aside', 1)\n"
    "end\n"
    "return 1\n", "" };


/*
 * Who lost the shard meanwhile still knows what became of what it marked: the
 * mark that is there is the fence then.
 */
os_script_t  os_script_settle = { "settle",
    OS_LUA_ROOM
    OS_LUA_FULL
    "local lease = redis.call('HMGET', KEYS[1], 'owner', 'epoch')\n"
    "local ours = lease[1] == ARGV[1] and lease[2] == ARGV[2]\n"
    OS_LUA_PART("KEYS[4]")
    "local function open(key)\n"
    "  if ours then return redis.call('HEXISTS', part(key)) == 1 end\n"
    "  local good, j = pcall(cjson.decode, redis.call('HGET', part(key))\n"
    "    or '')\n"
    "  return good and type(j) == 'table' and j.state == 'sending'\n"
    "    and string.format('%.0f', j.epoch or 0) == ARGV[2]\n"
    "end\n"
    OS_LUA_WALK
    OS_LUA_NOW
    OS_LUA_FACTS
    OS_LUA_PUT
    OS_LUA_BURY
    "local stat = KEYS[6]\n"
    "redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', now - 3600000)\n"
    OS_LUA_DECIDE
    "local settled = 0\n"
    "for i = 1, tonumber(arg()) do\n"
    "  local key, what, json, wait = arg(), arg(), arg(), arg()\n"
    "  local hash, id = part(key)\n"
    "  local alive = open(key)\n"
    "  for n = 1, tonumber(arg()) do\n"
    "    local event = arg()\n"
    "    if alive then redis.call('XADD', KEYS[2], '*', 'e', event) end\n"
    "  end\n"
    "  local name, nonce, set, told = arg(), arg(), arg(), arg()\n"
    "  if alive then\n"
    "    settled = settled + 1\n"
    "    if told ~= '' then fact(KEYS[8], told) end\n"
    "    if name ~= '' then decide(name, nonce, set, '0', '', '') end\n"
    "    if what == 'later' then\n"
    "      redis.call('HSET', hash, id, put(json))\n"
    "      redis.call('ZADD', KEYS[3], string.format('%.0f', now + wait),\n"
    "        key)\n"
    "    else\n"
    "      redis.call('HDEL', hash, id)\n"
    "      redis.call('ZREM', KEYS[3], key)\n"
    "      if what == 'dead' then\n"
    "        bury(KEYS[5], prefix .. 'died', stat, id, json, now)\n"
    "      end\n"
    "      if what == 'sent' then\n"
    "        redis.call('ZADD', KEYS[7], string.format('%.0f', now), id)\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "facts_trim(KEYS[8], stat)\n"
    "if settled > 0 then\n"
    OS_LUA_COUNT
    "end\n"
    "return {ours and 1 or 0, settled, now}\n", "" };


/* Webhooks may have 4 MB each: the newest 200 stay, and 64 MB of them. */
os_script_t  os_script_bury = { "bury",
    OS_LUA_NOW
    OS_LUA_BURY
    "bury(KEYS[1], KEYS[2], KEYS[4], ARGV[1], ARGV[2], now)\n"
    "redis.call('ZADD', KEYS[3], string.format('%.0f', now), ARGV[1])\n"
    "local bytes = 0\n"
    "for i, id in ipairs(redis.call('ZREVRANGE', KEYS[3], 0, -1)) do\n"
    "  local size = redis.call('HSTRLEN', KEYS[1], id)\n"
    "  bytes = bytes + size\n"
    "  if size == 0 or i > 200 or (i > 1 and bytes > 67108864) then\n"
    "    redis.call('ZREM', KEYS[3], id)\n"
    "    if size > 0 then drop_dead(KEYS[1], KEYS[2], KEYS[4], {id}) end\n"
    "  end\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_mark = { "mark",
    OS_LUA_FULL
    OS_LUA_FENCE
    OS_LUA_PART("KEYS[2]")
    "local hash, id = part(ARGV[3])\n"
    "if redis.call('HEXISTS', hash, id) == 0 then return 0 end\n"
    "redis.call('HSET', hash, id, ARGV[4])\n"
    "return 1\n", "" };


os_script_t  os_script_gate = { "gate",
    "local out = redis.call('GET', KEYS[1])\n"
    "local left = 0\n"
    "if not out and ARGV[2] ~= '0'\n"
    "  and not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])\n"
    "  and redis.call('GET', KEYS[2]) ~= ARGV[1] then\n"
    "  left = redis.call('PTTL', KEYS[2])\n"
    "end\n"
    "return {out or '', left}\n", "" };


os_script_t  os_script_missed = { "missed",
    "if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then return {} end\n"
    "return redis.call('SDIFF', KEYS[2], KEYS[1])\n", "" };


os_script_t  os_script_quota = { "quota",
    OS_LUA_FULL
    "if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 1 end\n"
    "if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end\n"
    "redis.call('SADD', KEYS[1], ARGV[1])\n"
    "if redis.call('SCARD', KEYS[1]) == 1 then\n"
    "  redis.call('EXPIRE', KEYS[1], ARGV[3])\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_evidence = { "evidence",
    OS_LUA_FULL
    "if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end\n"
    "if (redis.call('HGET', KEYS[1], '#') or '') ~= ARGV[2] then\n"
    "  return -1\n"
    "end\n"
    "redis.call('HSET', KEYS[1], ARGV[3], ARGV[4], ARGV[1], ARGV[3],\n"
    "  '#', ARGV[5])\n"
    "return 1\n", "" };


os_script_t  os_script_with = { "with",
    "if redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1]) == 0 then\n"
    "  return 0\n"
    "end\n"
    "redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[2] - 3600000)\n"
    "redis.call('EXPIRE', KEYS[2], 7200)\n"
    "for i = 4, #ARGV do\n"
    "  redis.call('ZINCRBY', KEYS[1], ARGV[3], ARGV[i])\n"
    "end\n"
    "redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -51)\n"
    "redis.call('EXPIRE', KEYS[1], 31536000)\n"
    "return 1\n", "" };


os_script_t  os_script_buyer = { "buyer",
    OS_LUA_FULL
    "redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])\n"
    "redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[4])\n"
    "redis.call('EXPIRE', KEYS[1], ARGV[3])\n"
    "return redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[2])\n",
    "" };


os_script_t  os_script_asked = { "asked",
    OS_LUA_FULL
    "redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])\n"
    "redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[4])\n"
    "redis.call('EXPIRE', KEYS[2], ARGV[3])\n"
    "return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[2], '+inf',\n"
    "  'WITHSCORES', 'LIMIT', 0, 2)\n", "" };


os_script_t  os_script_add = { "add",
    OS_LUA_FULL
    "return redis.call('XADD', KEYS[1], '*', 'e', ARGV[1])\n", "" };


os_script_t  os_script_find = { "find",
    OS_LUA_FULL
    "local order = redis.call('GET', KEYS[1])\n"
    "if order or ARGV[1] == '' then return order end\n"
    "for _, event in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do\n"
    "  if event == ARGV[1] then return false end\n"
    "end\n"
    "redis.call('RPUSH', KEYS[2], ARGV[1])\n"
    "redis.call('LTRIM', KEYS[2], -50, -1)\n"
    "redis.call('EXPIRE', KEYS[2], ARGV[2])\n"
    "return false\n", "" };


os_script_t  os_script_alias = { "alias",
    OS_LUA_FULL
    "local names = {}\n"
    "for id in string.gmatch(ARGV[3] == '1' and ''\n"
    "  or redis.call('GET', KEYS[1]) or '', '[^\\n]+') do\n"
    "  if id ~= ARGV[1] then names[#names + 1] = id end\n"
    "end\n"
    "if #names >= tonumber(ARGV[3]) then table.remove(names, 1) end\n"
    "names[#names + 1] = ARGV[1]\n"
    "redis.call('SET', KEYS[1], table.concat(names, '\\n'), 'EX', ARGV[2])\n"
    "return redis.call('LRANGE', KEYS[2], 0, -1)\n", "" };


os_script_t  os_script_unalias = { "unalias",
    OS_LUA_FULL
    "local names = {}\n"
    "for id in string.gmatch(redis.call('GET', KEYS[1]) or '', '[^\\n]+') do\n"
    "  if id ~= ARGV[1] then names[#names + 1] = id end\n"
    "end\n"
    "redis.call('DEL', KEYS[2])\n"
    "if #names == 0 then return redis.call('DEL', KEYS[1]) end\n"
    "redis.call('SET', KEYS[1], table.concat(names, '\\n'), 'KEEPTTL')\n"
    "return 1\n", "" };


os_script_t  os_script_transit = { "transit",
    OS_LUA_NOW
    "redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 86400000)\n"
    "if redis.call('ZADD', KEYS[2], 'NX', string.format('%.0f', now),\n"
    "  ARGV[1]) == 0 then return 0 end\n"
    "redis.call('EXPIRE', KEYS[2], 86400)\n"
    "redis.call('HINCRBY', KEYS[1], ARGV[2], 1)\n"
    "redis.call('EXPIRE', KEYS[1], ARGV[3])\n"
    "local all, sum = redis.call('HGETALL', KEYS[1]), 0\n"
    "for i = 2, #all, 2 do sum = sum + all[i] end\n"
    "if sum <= 1000 then return 1 end\n"
    "for i = 1, #all, 2 do\n"
    "  local half = math.floor(all[i + 1] / 2)\n"
    "  if half > 0 then redis.call('HSET', KEYS[1], all[i], half)\n"
    "  else redis.call('HDEL', KEYS[1], all[i]) end\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_take = { "take",
    "local out = redis.call('LRANGE', KEYS[2], 0, -1)\n"
    "if #out > 0 then return out end\n"
    "for i = 1, tonumber(ARGV[1]) do\n"
    "  local code = redis.call('LPOP', KEYS[1])\n"
    "  if not code then break end\n"
    "  if i == 1 then redis.call('RPUSH', KEYS[2], ARGV[2]) end\n"
    "  redis.call('RPUSH', KEYS[2], code)\n"
    "end\n"
    "return redis.call('LRANGE', KEYS[2], 0, -1)\n", "" };


os_script_t  os_script_give = { "give",
    OS_LUA_FENCE
    "if redis.call('GET', KEYS[3]) == ARGV[3] then return 0 end\n"
    "for i = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end\n"
    "redis.call('SET', KEYS[3], ARGV[3])\n"
    "return 1\n", "" };


os_script_t  os_script_clear = { "clear",
    "if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[1] then return 0 end\n"
    "redis.call('DEL', KEYS[1])\n"
    "return 1\n", "" };


os_script_t  os_script_budget_take = { "budget_take",
    "local out = redis.call('LRANGE', KEYS[2], 0, -1)\n"
    "if #out > 0 then return out end\n"
    "local left = tonumber(redis.call('GET', KEYS[1]) or 0)\n"
    "local n = math.min(left, tonumber(ARGV[1]))\n"
    "if n <= 0 then return {} end\n"
    "n = string.format('%.0f', n)\n"
    "redis.call('DECRBY', KEYS[1], n)\n"
    "redis.call('RPUSH', KEYS[2], ARGV[2], n)\n"
    "return {ARGV[2], n}\n", "" };


os_script_t  os_script_budget_give = { "budget_give",
    OS_LUA_FENCE
    "if redis.call('GET', KEYS[3]) == ARGV[3] then return 0 end\n"
    "redis.call('INCRBY', KEYS[2], ARGV[4])\n"
    "redis.call('SET', KEYS[3], ARGV[3])\n"
    "return 1\n", "" };


os_script_t  os_script_budget_back = { "budget_back",
    OS_LUA_FENCE
    "local out = redis.call('LRANGE', KEYS[3], 0, -1)\n"
    "if #out > 0 then return out end\n"
    "local n = math.min(tonumber(redis.call('GET', KEYS[2]) or 0),\n"
    "  tonumber(ARGV[4]))\n"
    "if n <= 0 then return {} end\n"
    "n = string.format('%.0f', n)\n"
    "redis.call('DECRBY', KEYS[2], n)\n"
    "redis.call('RPUSH', KEYS[3], ARGV[3], n)\n"
    "return {ARGV[3], n}\n", "" };


os_script_t  os_script_back = { "back",
    OS_LUA_FENCE
    "local out = redis.call('LRANGE', KEYS[3], 0, -1)\n"
    "if #out > 0 then return out end\n"
    "for i = 1, tonumber(ARGV[4]) do\n"
    "  local code = redis.call('RPOP', KEYS[2])\n"
    "  if not code then break end\n"
    "  if i == 1 then redis.call('RPUSH', KEYS[3], ARGV[3]) end\n"
    "  redis.call('RPUSH', KEYS[3], code)\n"
    "end\n"
    "return redis.call('LRANGE', KEYS[3], 0, -1)\n", "" };


os_script_t  os_script_in = { "in",
    "if redis.call('SET', KEYS[2], 1, 'NX', 'EX', 604800) then\n"
    "  for i = 1, #ARGV do redis.call('LPUSH', KEYS[1], ARGV[i]) end\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_budget_in = { "budget_in",
    "if redis.call('SET', KEYS[2], 1, 'NX', 'EX', 604800) then\n"
    "  redis.call('INCRBY', KEYS[1], ARGV[1])\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_budget_set = { "budget_set",
    "local was = tonumber(redis.call('GET', KEYS[2]) or 0)\n"
    "local more = tonumber(ARGV[1]) - was\n"
    "if more == 0 then return 0 end\n"
    "redis.call('INCRBY', KEYS[1], string.format('%.0f', more))\n"
    "redis.call('SET', KEYS[2], ARGV[1])\n"
    "return 1\n", "" };


os_script_t  os_script_one = { "one",
    "local code = redis.call('HGET', KEYS[2], ARGV[1])\n"
    "if code then return code end\n"
    "code = redis.call('LPOP', KEYS[1])\n"
    "if code then\n"
    "  redis.call('HSET', KEYS[2], ARGV[1], code)\n"
    "  redis.call('EXPIRE', KEYS[2], ARGV[2])\n"
    "end\n"
    "return code\n", "" };


os_script_t  os_script_load = { "load",
    "local new = 0\n"
    "for i = 1, #ARGV do\n"
    "  if redis.call('SADD', KEYS[2], ARGV[i]) == 1 then\n"
    "    redis.call('RPUSH', KEYS[1], ARGV[i])\n"
    "    new = new + 1\n"
    "  end\n"
    "end\n"
    "return new\n", "" };


os_script_t  os_script_revive = { "revive",
    OS_LUA_NOW
    OS_LUA_PART("KEYS[2]")
    OS_LUA_KEY
    "local json = redis.call('HGET', KEYS[1], ARGV[1])\n"
    "if not json then return 0 end\n"
    "redis.call('HDEL', KEYS[1], ARGV[1])\n"
    "redis.call('ZREM', KEYS[4], ARGV[1])\n"
    "if ARGV[2] == 'retry' then\n"
    "  json = string.gsub(json, '\"tries\":%d+', '\"tries\":0', 1)\n"
    "  json = string.gsub(json, ',\"failing_ms\":%d+', '', 1)\n"
    "  json = string.gsub(json, '\"doubts\":%d+', '\"doubts\":0', 1)\n"
    "  local name = key(ARGV[1], json)\n"
    "  local hash = part(name)\n"
    "  redis.call('HSET', hash, ARGV[1], json)\n"
    "  redis.call('ZADD', KEYS[3], now, name)\n"
    "end\n"
    "return 1\n", "" };


os_script_t  os_script_died = { "died",
    "local ids, answer = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1,\n"
    "  'WITHSCORES'), {}\n"
    "for i = 1, #ids, 2 do\n"
    "  local json = ''\n"
    "  if redis.call('HSTRLEN', KEYS[2], ids[i]) <= 16384 then\n"
    "    local text = redis.call('HGET', KEYS[2], ids[i])\n"
    "    local good, job = pcall(cjson.decode, text or '')\n"
    "    if good and type(job) == 'table' then\n"
    "      job.data, job.body = nil, nil\n"
    "      json = cjson.encode(job)\n"
    "    end\n"
    "  end\n"
    "  answer[#answer + 1] = ids[i]\n"
    "  answer[#answer + 1] = ids[i + 1]\n"
    "  answer[#answer + 1] = json\n"
    "end\n"
    "return answer\n", "" };


void
os_script_work_init(void)
{
    size_t        i;
    os_script_t  *all[] = {
        &os_script_lease, &os_script_alive, &os_script_pauses,
        &os_script_unlease, &os_script_poll,
        &os_script_park, &os_script_unpark, &os_script_adopt,
        &os_script_rewind,
        &os_script_add, &os_script_commit,
        &os_script_aside, &os_script_settle, &os_script_bury,
        &os_script_mark,
        &os_script_missed, &os_script_gate, &os_script_quota,
        &os_script_evidence, &os_script_with,
        &os_script_buyer, &os_script_asked, &os_script_find,
        &os_script_alias, &os_script_unalias,
        &os_script_transit, &os_script_take, &os_script_give, &os_script_clear,
        &os_script_budget_take, &os_script_budget_give, &os_script_budget_back,
        &os_script_budget_in, &os_script_budget_set, &os_script_back,
        &os_script_in,
        &os_script_one, &os_script_load, &os_script_revive,
        &os_script_died
    };

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        os_script_init(all[i]);
    }
}
