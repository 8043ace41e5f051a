-- /account/cancel/TOKEN, where TOKEN is base64url("ID:SECRET").

local token = string.match(ngx.var.uri, "^/account/cancel/([%w_-]+)$")
if not token then
    return
end

local text = ngx.decode_base64((string.gsub(token, "[-_]",
                                            {["-"] = "+", ["_"] = "/"})))
local id, secret = string.match(text or "", "^(%d+):(.+)$")

if id then
    ngx.var.order_id = id
    ngx.var.order_secret = secret
end
