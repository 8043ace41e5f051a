/*
 * os_script_shop: the module's scripts. See os_script_shop.h.
 */

#include "redis/os_script_shop.h"


/*
 * return_one(h): what is held for one offer goes back, {cost, budget, code,
 * pool}, as far as it has them. A budget that is not there any more gets
 * nothing back. unhold(held, holds, name): so does all of an order.
 */
#define OS_SAID_FOR  (90 * 86400)    /* s: a word may wait in any spool */

#define OS_LUA_UNHOLD                                                         \
    "local function return_one(h)\n"                                          \
    "  if h.code then redis.call('LPUSH', h.pool, h.code) end\n"              \
    "  if h.cost and redis.call('EXISTS', h.budget) == 1 then\n"              \
    "    redis.call('INCRBY', h.budget, h.cost)\n"                            \
    "  end\n"                                                                 \
    "end\n"                                                                   \
    "local function unhold(held, holds, name)\n"                              \
    "  local text = redis.call('GET', held)\n"                                \
    "  if text then\n"                                                        \
    "    for offer, h in pairs(cjson.decode(text)) do\n"                      \
    "      if offer ~= '' then return_one(h) end\n"                           \
    "    end\n"                                                               \
    "    redis.call('DEL', held)\n"                                           \
    "  end\n"                                                                 \
    "  redis.call('ZREM', holds, name)\n"                                     \
    "end\n"                                                                   \
    "local function unhold_late(holds, most)\n"                               \
    "  local now = redis.call('TIME')[1]\n"                                   \
    "  local late = redis.call('ZRANGEBYSCORE', holds, '-inf', now,\n"        \
    "    'LIMIT', 0, most)\n"                                                 \
    "  for i = 1, #late do\n"                                                 \
    "    unhold(string.sub(holds, 1, -6) .. 'held:' .. late[i], holds,\n"     \
    "      late[i])\n"                                                        \
    "  end\n"                                                                 \
    "  return #late\n"                                                        \
    "end\n"


os_script_t  os_script_reserve = { "reserve",
    "local id, offer = ARGV[1], ARGV[2]\n"
    "local most, cooldown = tonumber(ARGV[3]), tonumber(ARGV[4])\n"
    "local now, ttl = tonumber(ARGV[5]), tonumber(ARGV[6])\n"
    "local all = redis.call('HGETALL', KEYS[1])\n"
    "local n, last = 0, 0\n"
    "for i = 1, #all, 2 do\n"
    "  local which, at = string.match(all[i + 1], '^(%S+) (%d+)$')\n"
    "  if which == offer then\n"
    "    if all[i] == id then return 1 end\n"
    "    n = n + 1\n"
    "    last = math.max(last, tonumber(at))\n"
    "  end\n"
    "end\n"
    "if most > 0 and n >= most then return 0 end\n"
    "if cooldown > 0 and n > 0 and now - last < cooldown then return 0 end\n"
    "redis.call('HSET', KEYS[1], id, offer .. ' ' .. ARGV[5])\n"
    "redis.call('EXPIRE', KEYS[1], ttl)\n"
    "return 1\n", "" };


os_script_t  os_script_release = { "release",
    "local had = redis.call('HGET', KEYS[1], ARGV[1])\n"
    "if had and (ARGV[2] == '' or string.match(had, '^(%S+) ') == ARGV[2])\n"
    "then\n"
    "  return redis.call('HDEL', KEYS[1], ARGV[1])\n"
    "end\n"
    "return 0\n", "" };


/* What is held is written as text: cjson's numbers would not be exact. */
os_script_t  os_script_hold = { "hold",
    OS_LUA_UNHOLD
    "unhold_late(KEYS[2], 20)\n"
    "local text = redis.call('GET', KEYS[1])\n"
    "local held, some, answer = text and cjson.decode(text) or {}, false, {}\n"
    "for i = 3, #ARGV, 3 do\n"
    "  local offer, pool, cost = ARGV[i], ARGV[i + 1] == '1', ARGV[i + 2]\n"
    "  local n = #answer * 2 + 3\n"
    "  local h = held[offer]\n"
    "  if h and ((h.cost or '0') ~= cost or (h.code ~= nil) ~= pool) then\n"
    "    return_one(h)\n"
    "    h = nil\n"
    "  end\n"
    "  if not h then\n"
    "    h = {}\n"
    "    if cost ~= '0' then\n"
    "      local left = redis.call('GET', KEYS[n + 1])\n"
    "      if tonumber(left or 0) < tonumber(cost) then\n"
    "        h = nil\n"
    "      else\n"
    "        redis.call('DECRBY', KEYS[n + 1], cost)\n"
    "        h.cost, h.budget = cost, KEYS[n + 1]\n"
    "      end\n"
    "    end\n"
    "    if h and pool then\n"
    "      h.code, h.pool = redis.call('LPOP', KEYS[n]) or nil, KEYS[n]\n"
    "      if not h.code then\n"
    "        return_one(h)\n"
    "        h = nil\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "  held[offer] = h\n"
    "  answer[#answer + 1] = h and 1 or 0\n"
    "end\n"
    "for offer in pairs(held) do some = some or offer ~= '' end\n"
    "if some then\n"
    "  held[''] = string.format('%.0f', redis.call('TIME')[1] + ARGV[2])\n"
    "  redis.call('SET', KEYS[1], cjson.encode(held))\n"
    "  redis.call('ZADD', KEYS[2], held[''], ARGV[1])\n"
    "else\n"
    "  unhold(KEYS[1], KEYS[2], ARGV[1])\n"
    "end\n"
    "return answer\n", "" };


/* The value: how much, and when, ms. */
os_script_t  os_script_call = { "call",
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
    "local was = redis.call('HGET', KEYS[1], ARGV[1])\n"
    "if was and now - tonumber(string.match(was, ' (%d+)$')) < 5000 then\n"
    "  return 0\n"
    "end\n"
    "redis.call('HSET', KEYS[1], ARGV[1],\n"
    "  ARGV[2] .. ' ' .. string.format('%.0f', now))\n"
    "redis.call('EXPIRE', KEYS[1], 60)\n"
    "return 1\n", "" };


os_script_t  os_script_unhold = { "unhold",
    OS_LUA_UNHOLD
    "return unhold_late(KEYS[1], 100)\n", "" };


os_script_t  os_script_held = { "held",
    "local names = redis.call('ZRANGE', KEYS[1], ARGV[1],\n"
    "  ARGV[1] + ARGV[2] - 1)\n"
    "local sums, answer = {}, {#names}\n"
    "local function add(key, n)\n"
    "  if key then sums[key] = (sums[key] or 0) + n end\n"
    "end\n"
    "for i = 1, #names do\n"
    "  local text = redis.call('GET',\n"
    "    string.sub(KEYS[1], 1, -6) .. 'held:' .. names[i])\n"
    "  for offer, h in pairs(text and cjson.decode(text) or {}) do\n"
    "    if offer ~= '' then\n"
    "      add(h.code and h.pool, 1)\n"
    "      add(h.budget, tonumber(h.cost or 0))\n"
    "    end\n"
    "  end\n"
    "end\n"
    "for key, n in pairs(sums) do\n"
    "  answer[#answer + 1] = key\n"
    "  answer[#answer + 1] = string.format('%.0f', n)\n"
    "end\n"
    "return answer\n", "" };


/*
 * Numbers go through cjson as doubles: minor units stay exact to 2^53. The
 * event is spliced as text so that it is not encoded twice. It is the first
 * that is written, here and below, after all keys were read once: where that
 * fails nothing has happened, and no decision is there without its event.
 */
os_script_t  os_script_decide = { "decide",
    OS_LUA_UNHOLD
    "local was = redis.call('GET', KEYS[1])\n"
    "if was then return {0, was} end\n"
    "local decision, most = ARGV[1], ARGV[4]\n"
    "local text = redis.call('GET', KEYS[5])\n"
    "local held = text and cjson.decode(text) or {}\n"
    "local h, code, popped = ARGV[7] ~= '' and held[ARGV[7]] or {}, nil, nil\n"
    "redis.call('ZCARD', KEYS[6])\n"
    "if tonumber(most) > 0 then redis.call('GET', KEYS[4]) end\n"
    "if ARGV[3] == '1' then\n"
    "  code, h.code = h.code, nil\n"
    "  if not code then\n"
    "    code = redis.call('LINDEX', KEYS[3], 0) or nil\n"
    "    popped = code\n"
    "  end\n"
    "  for offer, other in pairs(held) do\n"
    "    if not code and offer ~= '' and other.pool == KEYS[3] then\n"
    "      code, other.code = other.code, nil\n"
    "    end\n"
    "  end\n"
    "  if code then\n"
    "    decision = string.sub(decision, 1, -2) .. ',\"code\":'\n"
    "      .. cjson.encode(code) .. '}'\n"
    "  end\n"
    "end\n"
    "local event = string.sub(ARGV[2], 1, -2) .. ',\"decision\":'\n"
    "  .. decision .. '}'\n"
    "local id = redis.call('XADD', KEYS[2], '*', 'e', event)\n"
    "redis.call('SET', KEYS[1], decision, 'EX', ARGV[5])\n"
    "if popped then redis.call('LPOP', KEYS[3]) end\n"
    "if h.cost == most then\n"
    "  h.cost, most = nil, '0'\n"
    "end\n"
    "for offer, other in pairs(held) do\n"
    "  if offer ~= '' then return_one(other) end\n"
    "end\n"
    "if tonumber(most) > 0 then redis.call('DECRBY', KEYS[4], most) end\n"
    "redis.call('DEL', KEYS[5])\n"
    "redis.call('ZREM', KEYS[6], ARGV[6])\n"
    "return {1, decision, id}\n",
    "" };


os_script_t  os_script_verdict = { "verdict",
    "local wrong = tonumber(redis.call('GET', KEYS[3]) or 0)\n"
    "if ARGV[4] ~= '2' and wrong >= tonumber(ARGV[5]) then\n"
    "  return {-2, ''}\n"
    "end\n"
    "if ARGV[4] == '0' then\n"
    "  redis.call('INCR', KEYS[3])\n"
    "  if wrong == 0 then redis.call('EXPIRE', KEYS[3], ARGV[6]) end\n"
    "  return {-1, ''}\n"
    "end\n"
    "local was = redis.call('GET', KEYS[1])\n"
    "local d = was and cjson.decode(was)\n"
    "if not d or d.nonce ~= ARGV[1] or d.state ~= 'accepted' or d.verdict\n"
    "then\n"
    "  return {0, was or ''}\n"
    "end\n"
    "local cost = tonumber(ARGV[7])\n"
    "if cost > 0\n"
    "  and tonumber(redis.call('GET', KEYS[4]) or 0) < cost\n"
    "then\n"
    "  return {-3, ''}\n"
    "end\n"
    "for k, v in pairs(cjson.decode(ARGV[2])) do d[k] = v end\n"
    "redis.call('XADD', KEYS[2], '*', 'e', ARGV[3])\n"
    "if cost > 0 then redis.call('DECRBY', KEYS[4], ARGV[7]) end\n"
    "redis.call('SET', KEYS[1], cjson.encode(d), 'KEEPTTL')\n"
    "return {1, ''}\n", "" };


/* What is asked for next is known by its number, so that it is asked once. */
os_script_t  os_script_return = { "return",
    "local was = redis.call('GET', KEYS[1])\n"
    "if was and cjson.decode(was).n >= tonumber(ARGV[1]) then\n"
    "  return {0, was}\n"
    "end\n"
    "redis.call('XADD', KEYS[2], '*', 'e', ARGV[3])\n"
    "redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4])\n"
    "return {1, ''}\n", "" };


/* A command of so many keys in the order's shard; NULL without memory. */
static os_command_t *
os_order_command(const os_space_t *space, const os_script_t *script,
    unsigned nkeys, unsigned nargs, os_str_t store, os_str_t id)
{
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                         NULL);

    if (cmd) {
        os_command_script(cmd, script, nkeys, nargs);
    }

    return cmd;
}


static void
os_order_key(const os_space_t *space, os_command_t *cmd, const char *kind,
    os_str_t a, os_str_t b, os_str_t c)
{
    os_buf_t  key = { 0 };

    os_space_key(space, cmd->shard, kind, a, b, c, &key);
    os_command_add(cmd, os_buf_view(&key));
    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);
}


static void
os_order_json(os_command_t *cmd, const json_t *json)
{
    os_buf_t  text = { 0 };

    os_json_dump(&text, json);
    os_command_add(cmd, os_buf_view(&text));
    cmd->bytes.failed |= text.failed;
    os_buf_free(&text);
}


os_command_t *
os_script_call_command(const os_space_t *space, os_str_t store, os_str_t id,
    os_str_t name, os_str_t currency, int64_t most)
{
    char           room[256];
    os_buf_t       text = os_buf_on(room, sizeof(room));
    os_command_t  *cmd = os_command_new(0, NULL, NULL);

    if (cmd == NULL) {
        return NULL;
    }

    os_command_script(cmd, &os_script_call, 1, 2);
    os_order_key(space, cmd, "calls", OS_NULL, OS_NULL, OS_NULL);
    os_buf_str(&text, store);
    os_buf_char(&text, '/');
    os_buf_str(&text, name);
    os_buf_char(&text, '/');
    os_buf_str(&text, currency);
    os_buf_char(&text, '/');
    os_buf_int(&text, os_space_shard(space, store, id, OS_NULL));
    os_command_add(cmd, os_buf_view(&text));
    os_command_add_int(cmd, most);
    cmd->bytes.failed |= text.failed;
    os_buf_free(&text);

    return cmd;
}


os_command_t *
os_script_decide_command(const os_space_t *space, const os_decide_t *d)
{
    int64_t        cost;
    os_str_t       pool = os_json_str(d->terms, "pool");
    os_buf_t       name = { 0 };
    os_command_t  *cmd;

    cost = os_json_bool(d->terms, "budget")
           ? os_json_int(d->terms, "amount", 0) : 0;
    cmd = d->taken && d->event
          ? os_order_command(space, &os_script_decide, 6, 7, d->store, d->id)
          : NULL;

    if (cmd == NULL) {
        return NULL;
    }

    os_order_key(space, cmd, "d", d->store, d->id, OS_NULL);
    os_order_key(space, cmd, "ev", OS_NULL, OS_NULL, OS_NULL);
    os_order_key(space, cmd, pool.len ? "pool" : "d", d->store,
                 pool.len ? pool : d->id, OS_NULL);
    os_order_key(space, cmd, cost ? "budget" : "d", d->store,
                 cost ? d->offer : d->id,
                 cost ? os_json_str(d->terms, "currency") : OS_NULL);
    os_order_key(space, cmd, "held", d->store, d->id, OS_NULL);
    os_order_key(space, cmd, "holds", OS_NULL, OS_NULL, OS_NULL);

    os_order_json(cmd, d->taken);
    os_order_json(cmd, d->event);
    os_command_add_int(cmd, pool.len > 0);
    os_command_add_int(cmd, cost);
    os_command_add_int(cmd, d->keep);
    os_buf_str(&name, d->store);
    os_buf_char(&name, '/');
    os_buf_str(&name, d->id);
    os_command_add(cmd, os_buf_view(&name));
    os_command_add(cmd, d->terms ? d->offer : OS_STR(""));
    cmd->bytes.failed |= name.failed;
    os_buf_free(&name);

    return cmd;
}


os_command_t *
os_script_limit_command(const os_space_t *space, const os_script_t *script,
    unsigned nargs, os_str_t store, os_str_t customer, os_str_t id)
{
    os_command_t  *cmd;

    cmd = os_order_command(space, script, 1, nargs, store, customer);

    if (cmd) {
        os_order_key(space, cmd, "limit", store, customer, OS_NULL);
        os_command_add(cmd, id);
    }

    return cmd;
}


os_command_t *
os_script_return_command(const os_space_t *space, os_str_t store,
    os_str_t id, const json_t *event, const json_t *one, int64_t seconds)
{
    os_command_t  *cmd;

    cmd = os_order_command(space, &os_script_return, 2, 4, store, id);

    if (cmd == NULL) {
        return NULL;
    }

    os_order_key(space, cmd, "return", store, id, OS_NULL);
    os_order_key(space, cmd, "ev", OS_NULL, OS_NULL, OS_NULL);
    os_command_add_int(cmd, os_json_int(one, "n", 0));
    os_order_json(cmd, one);
    os_order_json(cmd, event);
    os_command_add_int(cmd, seconds);
    cmd->confirm = 1;

    return cmd;
}


os_command_t *
os_script_verdict_command(const os_space_t *space, const char *kind,
    os_str_t store, os_str_t id, os_str_t offer, const json_t *event,
    const json_t *set, os_code_t code, int tries, int seconds)
{
    int64_t        cost;
    json_t        *terms = json_object_get(set, "terms");
    os_command_t  *cmd;

    cost = os_json_bool(terms, "budget") ? os_json_int(terms, "amount", 0) : 0;
    cmd = os_order_command(space, &os_script_verdict, 4, 7, store, id);

    if (cmd == NULL) {
        return NULL;
    }

    os_order_key(space, cmd, kind, store, id, OS_NULL);
    os_order_key(space, cmd, "ev", OS_NULL, OS_NULL, OS_NULL);
    os_order_key(space, cmd, "verdicts", store, id, OS_NULL);
    os_order_key(space, cmd, cost ? "budget" : kind, store,
                 cost ? offer : id,
                 cost ? os_json_str(terms, "currency") : OS_NULL);

    os_command_add(cmd, os_json_str(event, "nonce"));
    os_order_json(cmd, set);
    os_order_json(cmd, event);
    os_command_add_int(cmd, code);
    os_command_add_int(cmd, tries);
    os_command_add_int(cmd, seconds);
    os_command_add_int(cmd, cost);
    cmd->confirm = 1;

    return cmd;
}


/* Counts before it looks: who asks in parallel gains nothing. */
os_script_t  os_script_lookup = { "lookup",
    "if redis.call('EXISTS', KEYS[1]) == 0 then return false end\n"
    "local n = redis.call('INCR', KEYS[2])\n"
    "if redis.call('TTL', KEYS[2]) < 0 then\n"
    "  redis.call('EXPIRE', KEYS[2], ARGV[2])\n"
    "end\n"
    "if n > tonumber(ARGV[1]) then return false end\n"
    "return redis.call('GET', KEYS[1])\n", "" };


/* What has run out meanwhile is not made anew. */
os_script_t  os_script_untry = { "untry",
    "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end\n"
    "return redis.call('DECR', KEYS[1])\n", "" };


/* What he came for already is neither counted nor asked for again. */
os_script_t  os_script_seek = { "seek",
    "local window = tonumber(ARGV[4])\n"
    "if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 0 end\n"
    "local n = redis.call('SCARD', KEYS[2])\n"
    "if n == 1 then redis.call('EXPIRE', KEYS[2], window) end\n"
    "if n > tonumber(ARGV[3]) then\n"
    "  redis.call('SREM', KEYS[2], ARGV[1])\n"
    "  return 0\n"
    "end\n"
    "n = redis.call('INCR', KEYS[1])\n"
    "if n == 1 then redis.call('EXPIRE', KEYS[1], window) end\n"
    "return n <= tonumber(ARGV[2]) and 1 or 0\n", "" };


os_script_t  os_script_want = { "want",
    "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end\n"
    "redis.call('XADD', KEYS[2], '*', 'e', ARGV[1])\n"
    "redis.call('SET', KEYS[1], '1', 'EX', ARGV[2])\n"
    "return 1\n", "" };


/* What was said later counts, whichever comes first. */
os_script_t  os_script_suppress = { "suppress",
    "local at = tonumber(redis.call('GET', KEYS[2]) or 0)\n"
    "if at > tonumber(ARGV[2]) then return 0 end\n"
    "redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])\n"
    "if ARGV[1] == '' then\n"
    "  redis.call('DEL', KEYS[1])\n"
    "else\n"
    "  redis.call('SET', KEYS[1], ARGV[1])\n"
    "end\n"
    "return 1\n", "" };


os_command_t *
os_script_suppress_command(const os_space_t *space, os_str_t store,
    os_str_t customer, os_str_t word, int64_t at_ms)
{
    os_command_t  *cmd;

    cmd = os_order_command(space, &os_script_suppress, 2, 3, store, customer);

    if (cmd == NULL) {
        return NULL;
    }

    os_order_key(space, cmd, "suppress", store, customer, OS_NULL);
    os_order_key(space, cmd, "said", store, customer, OS_NULL);
    os_command_add(cmd, word);
    os_command_add_int(cmd, at_ms);
    os_command_add_int(cmd, OS_SAID_FOR);

    if (os_command_unsha(cmd) == -1) {
        cmd->bytes.failed = 1;
    }

    return cmd;
}


void
os_script_shop_init(void)
{
    os_script_init(&os_script_reserve);
    os_script_init(&os_script_release);
    os_script_init(&os_script_hold);
    os_script_init(&os_script_unhold);
    os_script_init(&os_script_held);
    os_script_init(&os_script_call);
    os_script_init(&os_script_decide);
    os_script_init(&os_script_verdict);
    os_script_init(&os_script_return);
    os_script_init(&os_script_lookup);
    os_script_init(&os_script_untry);
    os_script_init(&os_script_seek);
    os_script_init(&os_script_want);
    os_script_init(&os_script_suppress);
}
