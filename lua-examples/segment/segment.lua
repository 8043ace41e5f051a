-- The segment of a buyer, from a cookie that the shop has signed.

local secret = os.getenv("LOYALTY_SECRET") or "change-me"

local points, signature = string.match(ngx.var.cookie_loyalty or "",
                                       "^(%d+)%.(.+)$")
if not points then
    return
end

local signed = ngx.encode_base64(ngx.hmac_sha1(secret, points), true)

if signature ~= signed then
    ngx.log(ngx.WARN, "a loyalty cookie with a wrong signature")
    return
end

ngx.var.segment = tonumber(points) >= 1000 and "loyal" or "new"
