-- The panel as a shop would write it in Lua: the order's record is decoded, the
-- proof compared, the panel put together from a table of words. What is signed
-- (the token that the page's script asks again with) is given ready-made.

local cjson = require "cjson"
local concat, format, gsub, date = table.concat, string.format, string.gsub, os.date

local panel = {}

local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;"}
local months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
local steps = {"confirmed", "shipped", "in_transit", "out_for_delivery", "delivered"}
local words = {
    confirmed = "Confirmed", shipped = "Shipped", in_transit = "In transit",
    out_for_delivery = "Out for delivery", delivered = "Delivered",
}
local headlines = {in_transit = "Your order is on its way."}
local next_steps = {in_transit = "It is travelling to you. The carrier delivers it once it is near."}

local function esc(text)
    return (gsub(text, "[&<>\"']", entities))
end

local function moment(at)
    local d = date("!*t", at)
    local hour = d.hour % 12
    return format("%s %d, %d, %d:%02d&#8239;%s", months[d.month], d.day, d.year,
                  hour == 0 and 12 or hour, d.min, d.hour < 12 and "AM" or "PM")
end

-- The panel for the owner of the order, or nil.
function panel.render(record, proof, head, tail)
    local order = cjson.decode(record)
    if order.proof ~= proof then return nil end

    local track, out, n = order.track, {head}, 1
    local function put(text) n = n + 1; out[n] = text end

    put('<h2 aria-live="polite">' .. headlines[track.milestone] .. '</h2>\n<ol class="os-m">\n')
    for _, step in ipairs(steps) do
        local at = track.at[step]
        if at then
            put('<li class="os-done"' .. (step == track.milestone and ' aria-current="step"' or '') .. '><span>'
                .. words[step] .. '</span> <time>' .. moment(at) .. '</time></li>\n')
        else
            put('<li><span>' .. words[step] .. '</span></li>\n')
        end
    end
    put('</ol>\n<h3>What happens next</h3>\n<p>' .. next_steps[track.milestone] .. '</p>\n')

    for _, parcel in ipairs(track.parcels) do
        put('<h3>Parcel</h3>\n<dl>\n<dt>Status</dt><dd>' .. words[parcel.milestone] .. '</dd>\n<dt>Carrier</dt><dd><bdi>'
            .. esc(parcel.carrier) .. '</bdi></dd>\n<dt>Tracking number</dt><dd><bdi>' .. esc(parcel.number)
            .. '</bdi></dd>\n</dl>\n<details>\n<summary>Tracking history</summary>\n<ol class="os-l">\n')
        for _, e in ipairs(parcel.log) do
            put('<li><time>' .. moment(e.at) .. '</time>' .. words[e.milestone] .. ' <bdi class="os-s">' .. esc(e.text)
                .. '</bdi> <bdi class="os-s">' .. esc(e.place) .. '</bdi></li>\n')
        end
        put('</ol>\n</details>\n')
    end

    put('<h3>What you ordered</h3>\n<p class="os-s">Take another look at what you chose.</p>\n<ul class="os-i">\n')
    for _, item in ipairs(order.items) do
        put('<li><img src="' .. esc(item.image) .. '" alt="" width="64" height="64" loading="lazy"><span><a href="'
            .. esc(item.url) .. '"><bdi>' .. esc(item.name) .. '</bdi></a></span></li>\n')
    end
    put('</ul>\n<h3>Talk to us</h3>\n<ul class="os-k">\n<li><span class="os-s">Email:</span> '
        .. '<a href="mailto:help@shop.test"><bdi>help@shop.test</bdi></a></li>\n</ul>\n</section>')
    put(tail)
    return concat(out)
end

return panel
