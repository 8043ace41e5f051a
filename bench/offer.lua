-- The offer page as a shop would write it in Lua: the order's record is decoded,
-- its owner proven, the offers chosen that this order may have, what each saves
-- worked out, the token signed that accepting needs, and the page put together.
-- What holds for every order (the page's pieces, how an offer's terms begin) is
-- made ready once. The bench gives it as JSON:
--
--   pieces    the page: text, the name of a hole, text, ...
--   offers    in the campaign's order: id, terms (how they begin), and percent,
--             fixed or shipping where it saves money; payment, catalog: what
--             else it asks of an order
--   key       {id, secret}; store, revision, valid, statuses, max_age,
--             experiment, holdout

local cjson = require "cjson"
local ffi = require "ffi"
local bit = require "bit"
local concat, format, gsub, floor = table.concat, string.format, string.gsub, math.floor
local sub, byte = string.sub, string.byte

ffi.cdef [[
    const void *EVP_sha256(void);
    unsigned char *HMAC(const void *md, const void *key, int key_len, const char *d, size_t n, unsigned char *out, unsigned *len);
    unsigned char *SHA256(const char *d, size_t n, unsigned char *out);
    int RAND_bytes(unsigned char *out, int n);
]]

local crypto = ffi.load("libcrypto.so.3")
local sha256, out, len = crypto.EVP_sha256(), ffi.new("unsigned char[64]"), ffi.new("unsigned[1]")
local offer, shop = {}, nil
local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;"}
local url_letters = {["+"] = "-", ["/"] = "_"}

local function esc(text) return (gsub(text, "[&<>\"']", entities)) end
local function base64url(text) return (gsub(ngx.encode_base64(text, true), "[+/]", url_letters)) end

local function hmac(text)
    crypto.HMAC(sha256, shop.key.secret, #shop.key.secret, text, #text, out, len)
    return ffi.string(out, 32)
end

local function random(n)
    crypto.RAND_bytes(out, n)
    return ffi.string(out, n)
end

local function money(minor)
    local whole = format("%d", floor(minor / 100))
    if #whole > 3 then whole = gsub(whole:reverse(), "(%d%d%d)", "%1,"):reverse():gsub("^,", "") end
    return format("\226\130\172%s.%02d", whole, minor % 100)
end

function offer.setup(text)
    shop = cjson.decode(text)
    for _, o in ipairs(shop.offers) do
        o.name = cjson.encode(o.id)
        if o.payment then for _, method in ipairs(o.payment) do o.payment[method] = true end end
    end
    for _, status in ipairs(shop.statuses) do shop.statuses[status] = true end
end

-- What it saves this order; 0 for what saves nothing.
local function amount(o, order, goods)
    if o.percent then return floor(goods * o.percent / 100 + 0.5) end
    if o.fixed then return o.fixed[order.currency] or 0 end
    return o.shipping and order.shipping or 0
end

local function may_have(o, order, saves)
    if o.payment and not o.payment[order.payment] or o.catalog and not order.shelf then return false end
    return not o.money or saves > 0 and saves <= order.total
end

-- The arm of this buyer: a number of 32 bits of a MAC.
local function arm(order)
    if shop.holdout <= 0 then return "treatment" end
    local a, b, c, d = byte(hmac(shop.store .. "\0" .. shop.experiment .. "\0" .. (order.customer or order.id)), 1, 4)
    local number = ((a * 256 + b) * 256 + c) * 256 + d
    return number * 1000 / 2 ^ 32 < shop.holdout * 10 and "holdout" or "treatment"
end

-- The page for the owner of the order, and the event; nil when it offers nothing.
function offer.page(record, proof, uri)
    local order = cjson.decode(record)
    local now = ngx.time()
    if order.proof ~= proof or order.state ~= "open" or not shop.statuses[order.status] or now - order.placed > shop.max_age then
        return nil
    end

    local arm = arm(order)
    local goods, hole, terms, names = 0, {}, {}, {}
    for i, item in ipairs(order.items) do
        goods = goods + item.total
        local at = "item." .. i
        hole[at .. ".image"], hole[at .. ".name"] = esc(item.image), esc(item.name)
        hole[at .. ".quantity"], hole[at .. ".total"] = format("%d", item.quantity), money(item.total)
    end

    for _, o in ipairs(shop.offers) do
        local saves = amount(o, order, goods)
        if may_have(o, order, saves) then
            local n = #terms + 1
            names[n] = o.name
            if o.money then
                hole["amount." .. o.id], hole["new." .. o.id] = money(saves), money(order.total - saves)
                terms[n] = concat {o.name, ":", o.terms, ',"amount":', format("%d", saves), ',"currency":"', order.currency, '"',
                                   o.budget and ',"budget":true' or "", "}"}
            else
                terms[n] = o.name .. ":" .. o.terms .. "}"
            end
        end
    end

    if #terms == 0 then return nil end
    local names_text = concat(names, ",")
    crypto.SHA256(order.proof, #order.proof, out)
    local proven = sub(base64url(ffi.string(out, 32)), 1, 16)
    local payload = concat {'{"p":"offer","s":', cjson.encode(shop.store), ',"o":', cjson.encode(order.id), ',"x":', format("%d", now + shop.valid),
        ',"r":', format("%d", shop.revision), ',"l":"en","m":"GET","n":"', base64url(random(9)), '","h":"', proven,
        '","a":"', arm, '","f":{', concat(terms, ","), "}}"}
    local signed = shop.key.id .. "." .. base64url(payload)
    hole.token = signed .. "." .. base64url(hmac(signed))
    hole.action, hole.id = esc(uri), esc(order.id)
    hole.shipping, hole.total = money(order.shipping), money(order.total)

    local page, pieces = {}, shop.pieces
    for i = 1, #pieces, 2 do
        page[i] = pieces[i]
        page[i + 1] = hole[pieces[i + 1]]
    end

    crypto.RAND_bytes(out, 8)
    local event = concat {'{"id":"', bit.tohex(out[0] * 0x1000000 + out[1] * 0x10000 + out[2] * 0x100 + out[3]),
        bit.tohex(out[4] * 0x1000000 + out[5] * 0x10000 + out[6] * 0x100 + out[7]), '","kind":"exposed","order":',
        cjson.encode(shop.store .. "/" .. order.id), ',"at_ms":', format("%d", ngx.now() * 1000), ',"arm":"', arm, '","experiment":',
        cjson.encode(shop.experiment), ',"locale":"en","mode":"on","offers":[', names_text, "]}"}
    return concat(page), event
end

return offer
