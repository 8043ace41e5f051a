/*
 * The dialog before a storefront's own cancel. Speaks TAP.
 *
 *     node t/browser/dialog.js PLAN.json
 *
 * The plan is made by t/browser_dialog.t.
 */

"use strict";

const fs = require("fs");
const path = require("path");

const { axe, ok, tests, waitFor } = require("./lib.js");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const decided = {};


/* A closed root is closed to a test as well: but for one, it is left open. */
const OPEN = () => {
    const attach = Element.prototype.attachShadow;

    Element.prototype.attachShadow = function attachShadow() {
        return attach.call(this, { mode: "open" });
    };
};


async function shop(browser, kind, more) {
    const { lang = "en", closed = false, cookie = true, ...options } = more || {};
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
    const page = await context.newPage();

    page.faults = [];
    page.on("console", (m) => {
        if (["error", "warning"].includes(m.type())) {
            page.faults.push(m.text());
        }
    });
    page.on("pageerror", (e) => page.faults.push(e.message));

    if (cookie) {
        await context.addCookies([{ name: "user", value: "ana", url: plan.site }]);
    }
    if (!closed) {
        await page.addInitScript(OPEN);
    }

    await page.goto(`${plan.site}/page/${kind}/${lang}`);
    return page;
}


/* What the store was sent of an order, as bytes, but for whose it is. */
function sent(id) {
    const lines = fs.existsSync(plan.requests)
        ? fs.readFileSync(plan.requests, "utf8").trim().split("\n") : [];

    return lines.filter(Boolean).map((l) => JSON.parse(l))
        .filter((r) => !/^\S+ \/(?:mine|page|shop)/.test(r.head)
                       && (r.head + r.body).includes(id));
}


const press = async (page, ...keys) => {
    for (const key of keys) {
        await page.keyboard.press(key);
    }
};
const focused = (page) => page.evaluate(() => {
    const root = document.querySelector("ordersave-dialog")?.shadowRoot;
    const e = root ? root.activeElement : document.activeElement;

    return e ? `${e.localName} ${e.id || e.value || e.textContent.trim()}` : "";
});
const heading = (page) => page.locator("ordersave-dialog h1").textContent();
const dialog = (page) => page.locator("ordersave-dialog dialog");
const got = (page) => waitFor(() => page.evaluate(() => window.got));
const gone = (page) => waitFor(async () => await dialog(page).count() === 0);
const open = (page) => waitFor(async () => await dialog(page).count() === 1
    && dialog(page).evaluate((e) => e.open));


async function begin(page, way, ...args) {
    await page.evaluate((all) => window.go(...all), [way, ...args]);
    await page.locator("#go").focus();
    await page.keyboard.press("Enter");
}


/* Tab until something has the focus. */
async function tabTo(page, what) {
    for (let n = 0; n < 60; n++) {
        if (what.test(await focused(page))) {
            return true;
        }
        await page.keyboard.press("Tab");
    }
    return false;
}


async function keyboard(browser, id) {
    const page = await shop(browser, "nonce");

    await begin(page, "xhr", id);
    ok(await open(page), "keyboard: the dialog opens before an XHR");
    ok(sent(id).length === 0, "keyboard: the store has heard of nothing");
    ok((await focused(page)).startsWith("h1"), "keyboard: its heading has the focus", await focused(page));
    ok(await page.evaluate(() => {
        const box = document.querySelector("ordersave-dialog").shadowRoot.querySelector("dialog");
        return box.matches(":modal") && box.getAttribute("aria-labelledby") === "title"
               && getComputedStyle(box).borderRadius === "12px";
    }), "keyboard: it is modal, has a name and its style");

    /* the platform keeps the focus inside */
    const seen = new Set();

    for (let n = 0; n < 40; n++) {
        await page.keyboard.press("Tab");
        seen.add(await page.evaluate(() => document.activeElement.localName));
    }
    ok(![...seen].includes("button"), "keyboard: the page behind is out of reach", [...seen].join());

    ok(await tabTo(page, /reason-/), "keyboard: the reasons can be reached");
    await press(page, "ArrowDown", "ArrowUp");
    await page.locator("#reason-costs").focus();
    await press(page, "Space", "Enter");
    ok(await open(page) && sent(id).length === 0, "keyboard: Enter on a reason decides nothing");
    ok(await tabTo(page, /accept:ten/), "keyboard: an offer can be reached");
    await press(page, "Enter");
    ok(await waitFor(async () => /kept|stays/i.test(await heading(page))), "keyboard: accepted", await heading(page));
    ok((await focused(page)).startsWith("h1"), "keyboard: that is read out", await focused(page));
    ok(await tabTo(page, /button keep/), "keyboard: back to the shop");
    await press(page, "Enter");
    ok(await got(page) === "0  null 1,4,abort,loadend", "keyboard: the storefront's XHR was aborted", await got(page));
    ok(sent(id).length === 0, "keyboard: the store was asked nothing");
    ok(/button go/.test(await focused(page)), "keyboard: the focus is where it was", await focused(page));
    ok(await page.locator("ordersave-dialog").count() === 0, "keyboard: nothing of ours stays in the page");
    ok((await page.evaluate(() => window.events)).join() === "accepted", "keyboard: the page may hear of it");
    ok(page.faults.length === 0, "keyboard: the console is empty", page.faults.join("\n"));

    /* who comes again may still cancel */
    await begin(page, "xhr", id);
    ok(await open(page) && /kept|stays/i.test(await heading(page)), "keyboard: who comes again sees how it stands");
    await tabTo(page, /button cancel/);
    await press(page, "Enter");
    ok(/^200 \{"state":"cancelled"\}/.test(await got(page)), "keyboard: and cancels anyway", await got(page));
    ok(sent(id).length === 1, "keyboard: once");
    decided[id] = { state: "accepted", how: "kept, then cancelled: the store's word counts" };
    await page.context().close();
}


/* A contact of kind chat opens the one that the page has loaded. */
async function chat(browser, id) {
    const page = await shop(browser, "nonce");

    await begin(page, "fetch", id);
    ok(await open(page), "chat: the dialog opens");
    ok(await page.evaluate(() => {
        const link = document.querySelector("ordersave-dialog").shadowRoot.querySelector("a[data-chat]");

        link.addEventListener("click", (e) => {
            setTimeout(() => { window.followed = !e.defaultPrevented; e.preventDefault(); });
            if (!window.listens) e.stopPropagation(), e.preventDefault(), window.followed = true;
        });
        link.click();
        return window.followed && document.querySelector("ordersave-dialog") !== null;
    }), "chat: it is a link as long as nobody listens");

    await page.evaluate(() => {
        window.listens = true;
        document.addEventListener("ordersave-chat", (e) => {
            e.preventDefault();
            window.chats = (window.chats || []).concat(e.detail.order);
        });
    });
    await page.locator("ordersave-dialog a[data-chat]").focus();
    await press(page, "Enter");
    ok(await gone(page), "chat: the dialog makes room for it");
    ok((await page.evaluate(() => window.chats)).join() === id, "chat: it is told of which order, once");
    ok(page.url().endsWith("/page/nonce/en"), "chat: and the link was not followed", page.url());
    ok(/AbortError/.test(await got(page)) && sent(id).length === 0, "chat: nothing is cancelled", await got(page));
    await page.context().close();
}


/* The same request with and without us. */
async function bytes(browser, way, id) {
    fs.writeFileSync(plan.without, "");
    const plain = await shop(browser, "plain");

    await begin(plain, way, id);
    const want = await got(plain);
    const [was] = sent(id);

    await plain.context().close();
    fs.unlinkSync(plan.without);
    const page = await shop(browser, "plain");

    await begin(page, way, id);
    ok(await open(page), `${way}: the dialog opens`);
    ok(sent(id).length === 1, `${way}: before the store hears of it`);
    await page.locator("#reason-other").check();
    await page.locator("#comment-other").fill("Zu spät");
    await page.locator("button[value=cancel]").click();
    ok(await got(page) === want, `${way}: the storefront reads the same`, `${await got(page)}\n${want}`);

    const now = sent(id);

    ok(now.length === 2, `${way}: the request goes out once`, now.length);
    ok(now[1] && now[1].head === was.head && now[1].body === was.body, `${way}: byte for byte`,
       `${JSON.stringify(was)}\n${JSON.stringify(now[1])}`);
    decided[id] = { state: "declined", how: `${way}, cancelled`, words: "Zu spät" };
    await page.context().close();
}


async function graphql(browser, [first, second, third]) {
    const page = await shop(browser, "luma");
    const closed = "Order already closed, complete, cancelled or on hold";

    await begin(page, "look", first);
    ok(/Pending/.test(await got(page)), "graphql: what is no mutation is let alone");
    await begin(page, "graphql", first);
    ok(await open(page), "graphql: the dialog opens before the mutation");
    await page.locator("button[value=cancel]").click();
    ok(await got(page) === closed, "graphql: an error of status 200 is read as it is", await got(page));
    decided[first] = { state: "declined", how: "graphql, cancelled" };

    await begin(page, "graphql", second, true);
    ok(await open(page), "graphql: an id in the query itself");
    await page.keyboard.press("Escape");
    ok(await got(page) === "The order was not cancelled", "graphql: closed, it reads what the shop says", await got(page));
    ok(sent(second).length === 0, "graphql: and the store nothing");
    decided[second] = { state: "none", how: "closed: nothing is decided" };

    await begin(page, "graphql", second);
    ok(await open(page), "graphql: it opens again");
    await page.locator("#reason-costs").check();
    await page.locator("button[value='accept:ten']:visible").click();
    await page.locator("button[value=keep]").click();
    ok(await got(page) === "The order was not cancelled", "graphql: kept, the same", await got(page));
    ok(page.faults.length === 0, "graphql: no storefront breaks on it", page.faults.join("\n"));
    decided[second] = { state: "accepted", how: "graphql, kept" };
    await page.context().close();

    const uid = await shop(browser, "uid");

    await begin(uid, "graphql", Buffer.from(third).toString("base64"));
    ok(await open(uid) && (await heading(uid)).includes(third), "graphql: an id in base64");
    await uid.context().close();
}


async function nothing(browser, held, ids) {
    const page = await shop(browser, "nonce");

    await begin(page, "fetch", held);
    ok(await got(page) === '200 {"state":"cancelled"}', "holdout: the store's own answer");
    ok(sent(held).length === 1, "holdout: asked once");
    ok((await page.evaluate(() => window.events)).length === 0, "holdout: nobody sees a thing");

    for (const how of ["both", "xhr"]) {
        await page.evaluate(([id, w]) => {
            window.both = Promise.all([w.replace("both", "fetch"), w.replace("both", "xhr")].map((x) => window.ways[x](id)));
        }, [held, how]);
        await page.evaluate(() => window.both);
    }
    ok(sent(held).length === 5, "holdout: two clicks are two requests, as without us", sent(held).length);

    const faults = {
        "is away": (r) => r.abort(), "is broken": (r) => r.fulfill({ status: 500, body: "<h1>oops" }),
        "says nothing": (r) => r.fulfill({ status: 200, body: "{}" }),
        "says too much": (r) => r.fulfill({ status: 200, body: '{"ordersave":"offer","dialog":{}}' }),
        "is not there": (r) => r.fulfill({ status: 404, body: "" }),
    };

    for (const [how, fault] of Object.entries(faults)) {
        const id = ids.shift();

        await page.route("**/ordersave/offer*", fault);
        for (const way of ["fetch", "xhr"]) {
            await begin(page, way, id);
            ok(/^200 \{"state":"cancelled"\}/.test(await got(page)), `ordersave ${how}: ${way} goes out`, await got(page));
        }
        ok(sent(id).length === 2, `ordersave ${how}: once each`, sent(id).length);
        await page.unroute("**/ordersave/offer*");
    }

    /* an answer that never comes: in time the request goes */
    const id = ids.shift();

    await page.evaluate(() => { document.querySelector("script").dataset.timeout = "300"; });
    await page.route("**/page/**", async (r) => {
        const answer = await r.fetch();
        await r.fulfill({ response: answer, body: (await answer.text()).replace("20000", "300") });
    });
    await page.reload();
    await page.route("**/ordersave/offer*", () => {});
    await begin(page, "fetch", id);
    ok(await got(page) === '200 {"state":"cancelled"}', "ordersave hangs: the request goes out in time");
    await page.context().close();

    const stranger = await shop(browser, "nonce", { cookie: false });
    const other = ids.shift();

    await begin(stranger, "fetch", other);
    ok(await got(stranger) === '200 {"state":"cancelled"}', "a stranger: the store says what it says");
    ok(await waitFor(() => sent(other).length === 1), "a stranger: and is asked once");
    await stranger.context().close();

    const known = await shop(browser, "nonce", { cookie: false });

    await begin(known, "bearer", other);
    ok(await open(known), "known by a header of the storefront's: the dialog");
    await known.context().close();
}


async function twice(browser, id, other) {
    const page = await shop(browser, "self");

    await page.evaluate((id) => {
        window.got = undefined;
        window.all = Promise.allSettled([window.ways.fetch(id), window.ways.xhr(id), window.ways.fetch(id)])
            .then((r) => { window.got = r.map((x) => x.value || x.reason.name).join("|"); });
    }, id);
    ok(await open(page) && await dialog(page).count() === 1, "two clicks: one dialog");
    await page.locator("button[value=cancel]").dblclick();
    ok(await got(page) === '200 {"state":"cancelled"}|0  null 1,4,abort,loadend|AbortError', "two clicks: one is sent", await got(page));
    ok(sent(id).length === 1, "two clicks: one request", sent(id).length);
    decided[id] = { state: "declined", how: "clicked twice" };

    /* a storefront that gives up */
    await page.evaluate((id) => {
        window.stop = new AbortController();
        window.go("fetch", id, { signal: window.stop.signal });
    }, other);
    await page.locator("#go").click();
    ok(await open(page), "given up: the dialog is open");
    await page.evaluate(() => window.stop.abort());
    ok(await got(page) === "AbortError" && await gone(page), "given up: it goes with the request", await got(page));
    await begin(page, "xhr", other);
    await open(page);
    await page.evaluate(() => window.last.abort());
    ok(/abort,loadend$/.test(await got(page)) && await gone(page), "given up: an XHR as well", await got(page));
    ok(sent(other).length === 0, "given up: the store hears of neither");

    /* what cannot wait does not */
    await begin(page, "fetch", other);
    await open(page);
    await page.keyboard.press("Escape");
    ok(await got(page) === "AbortError", "closed: as if aborted", await got(page));
    ok(page.faults.length === 0, "the console is empty", page.faults.join("\n"));
    await page.evaluate((id) => {
        const x = new XMLHttpRequest();
        x.open("POST", `/api/orders/${id}/cancel`, false);
        x.send();
        window.got = x.responseText;
    }, other);
    ok(sent(other).length === 1, "a request that blocks the page goes out");
    await page.context().close();
}


async function fields(browser, id) {
    const page = await shop(browser, "self");

    await begin(page, "fetch", id);
    await open(page);
    await page.locator("#reason-twice").check();
    await page.locator("button[value='accept:engrave']:visible").click();
    ok(await waitFor(async () => await page.locator("ordersave-dialog [role=alert]:visible").count() > 0),
       "fields: what is missing is asked for again");
    ok(await page.locator("#reason-twice").isChecked(), "fields: at the same reason");

    const input = page.locator("ordersave-dialog input[type=text]:visible");

    await input.fill("Für Ana <3");
    await page.route("**/ordersave/decide", (r) => r.abort());
    await page.locator("button[value='accept:engrave']:visible").click();
    ok(await waitFor(() => page.locator("[data-lost]").isVisible()), "fields: no answer: the buyer is told");
    ok(await input.inputValue() === "Für Ana <3", "fields: and has typed nothing in vain");
    await page.unroute("**/ordersave/decide");
    await input.press("Enter");
    ok(await page.locator("#reason-twice").isVisible(), "fields: Enter decides nothing");
    await page.locator("button[value='accept:engrave']:visible").click();
    ok(await waitFor(async () => /Engraving/.test(await dialog(page).textContent())), "fields: taken");
    await page.keyboard.press("Escape");
    ok(await got(page) === "AbortError", "fields: kept");
    decided[id] = { state: "accepted", how: "with a field", said: { words: "Für Ana <3" } };
    await page.context().close();
}


async function policies(browser, ids) {
    for (const kind of ["nonce", "self", "trusted"]) {
        const page = await shop(browser, kind);

        await begin(page, "fetch", ids[0]);
        ok(await open(page), `${kind}: the dialog opens`);
        ok(await dialog(page).evaluate((e) => getComputedStyle(e).borderRadius) === "12px", `${kind}: with its style`);
        ok(page.faults.length === 0, `${kind}: the console is empty`, page.faults.join("\n"));
        await page.context().close();
    }

    const page = await shop(browser, "denied");

    await begin(page, "fetch", ids[1]);
    ok(await got(page) === '200 {"state":"cancelled"}', "no policy for our page: the request goes out");
    await page.context().close();

    const closed = await shop(browser, "nonce", { closed: true });

    await begin(closed, "fetch", ids[0]);
    ok(await waitFor(() => closed.evaluate(() => Boolean(document.querySelector("ordersave-dialog")))), "closed: it is there");
    ok(await closed.evaluate(() => {
        const host = document.querySelector("ordersave-dialog");
        return host.shadowRoot === null && !document.documentElement.outerHTML.includes("ordersave_token");
    }), "closed: the shop's scripts see no token");
    await waitFor(() => closed.evaluate(() => document.activeElement?.localName === "ordersave-dialog"));
    await closed.keyboard.press("Escape");
    ok(await got(closed) === "AbortError", "closed: it can be closed");
    await closed.context().close();
}


/* Decided elsewhere while the dialog stands: what is said then. */
async function late(browser, id) {
    const page = await shop(browser, "plain", { viewport: { width: 320, height: 640 } });

    await begin(page, "fetch", id);
    await open(page);

    const token = await page.locator("ordersave-dialog [name=ordersave_token]").inputValue();

    for (const [heads, form] of [
        [/out of date/i, { ordersave_token: "x.y.z" }],
        [/asked to cancel/i, { ordersave_token: token }],
    ]) {
        if (form.ordersave_token === token) {
            await page.request.post(`${plan.site}/ordersave/decide`,
                { form: { ordersave_token: token, ordersave_do: "cancel" } });
            await waitFor(async () => (await (await page.request.get(`${plan.site}/ordersave/offer?order=${id}`,
                { headers: { Accept: "application/vnd.ordersave+json" } })).json()).ordersave === "pass");
        }
        await page.locator("#reason-costs").check();
        await page.locator("ordersave-dialog [name=ordersave_token]").evaluate((e, t) => { e.value = t; },
            form.ordersave_token);
        await page.locator("button[value='accept:ten']:visible").click();
        ok(await waitFor(async () => heads.test(await heading(page))), `late: ${heads}`, await heading(page));
        await axe(page, `late: ${heads}`);
        ok(await dialog(page).evaluate((e) => e.scrollWidth <= e.clientWidth), `late: ${heads}: fits`);
        await page.locator("button[value=keep]").click();
        ok(await got(page) === "AbortError", `late: ${heads}: closed`, await got(page));

        if (form.ordersave_token !== token) {
            await begin(page, "fetch", id);
            await open(page);
        }
    }

    ok(sent(id).length === 0, "late: nothing was sent");
    decided[id] = { state: "declined", how: "in another tab" };
    await page.context().close();
}


async function looks(browser, id, kept) {
    /* one window for all: opening it takes longer than looking */
    const page = await shop(browser, "plain", { reducedMotion: "reduce" });

    for (const lang of ["en", "id", "ko", "fr"]) {
        const texts = JSON.parse(fs.readFileSync(path.join(plan.locales, `${lang}.json`), "utf8")).texts;

        for (const [width, colorScheme] of [[320, "light"], [1280, "dark"], [1280, "light"], [320, "dark"]]) {
            const name = `${lang} ${width} ${colorScheme}`;

            await page.setViewportSize({ width, height: 640 });
            await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
            await page.goto(`${plan.site}/page/plain/${lang}`);
            await begin(page, "fetch", id);
            await open(page);

            const shot = async (what) => plan.shots && page.screenshot({
                path: path.join(plan.shots, `dialog_${what}_${lang}_${width}_${colorScheme}.png`) });

            await shot("offer");
            ok((await page.locator("button[value=cancel]").textContent()).trim() === texts["button.cancel"]
               && await dialog(page).evaluate((e) => e.querySelector("[lang]").lang) === lang, `${name}: in the page's language`);
            ok(await dialog(page).evaluate((e) => e.getAnimations().length === 0), `${name}: nothing moves`);

            for (const value of ["keep", "cancel"]) {
                ok(await page.locator(`button[value=${value}]`).evaluate((e) => {
                    const box = e.getBoundingClientRect();
                    return box.top >= 0 && box.bottom <= innerHeight && box.height >= 24;
                }), `${name}: "${value}" is in sight`);
            }

            const [keep, cancel] = await Promise.all(["keep", "cancel"].map((v) => page.locator(`button[value=${v}]`)
                .evaluate((e) => { const s = getComputedStyle(e); return [s.font, s.color, s.backgroundColor, s.inlineSize].join(); })));

            ok(keep === cancel, `${name}: both are as plain`, `${keep}\n${cancel}`);
            ok(await page.locator(".x button").evaluateAll((all) => all.every((e) => {
                const text = e.firstChild;
                return [...text.data.matchAll(/\S+/g)].every((word) => {
                    const range = document.createRange();
                    range.setStart(text, word.index);
                    range.setEnd(text, word.index + word[0].length);
                    return new Set([...range.getClientRects()].map((r) => r.top)).size === 1;
                });
            })), `${name}: no word of theirs is cut`);
            await page.locator("#reason-costs").check();
            await shot("reason");
            ok(await dialog(page).evaluate((e) => e.scrollWidth <= e.clientWidth
               && e.getBoundingClientRect().right <= innerWidth), `${name}: nothing is wider than the screen`);

            if (width === 320 && colorScheme === "light") {
                await axe(page, `${name}: offer`, { dark: lang === "en" });
            }
        }
    }

    await page.setViewportSize({ width: 320, height: 640 });
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(`${plan.site}/page/plain/en`);
    await begin(page, "fetch", kept);
    await open(page);
    await page.locator("#reason-costs").check();
    await page.locator("button[value='accept:ten']:visible").click();
    await waitFor(async () => /kept|stays/i.test(await heading(page)));
    await axe(page, "kept");
    if (plan.shots) {
        await page.screenshot({ path: path.join(plan.shots, "dialog_kept_en_320_light.png") });
    }
    ok(await dialog(page).evaluate((e) => e.scrollWidth <= e.clientWidth), "kept: nothing is wider than the screen");
    await page.context().close();
}


tests(async (browser) => {
    const ids = [...plan.treated];
    const next = (n) => ids.splice(0, n);

    await keyboard(browser, next(1)[0]);
    for (const way of ["fetch", "request", "form", "xhr"]) {
        await bytes(browser, way, next(1)[0]);
    }
    await chat(browser, next(1)[0]);
    await graphql(browser, next(3));
    await nothing(browser, plan.held[0], next(8));
    await twice(browser, ...next(2));
    await fields(browser, next(1)[0]);
    await policies(browser, next(2));
    await late(browser, next(1)[0]);
    await looks(browser, ...next(2));
    fs.writeFileSync(plan.decided, JSON.stringify(decided));
});
