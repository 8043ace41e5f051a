/*
 * The cancel flow as a browser meets it, through nginx, store, Redis and
 * worker. Speaks TAP.
 *
 *     node t/browser/cancel.js http://127.0.0.1:8400/
 *
 * The address is the demo's, which makes the orders, stops Redis and lets a
 * day pass.
 */

"use strict";

const fs = require("fs");
const path = require("path");

const { axe, ok, tests, waitFor } = require("./lib.js");

const site = process.argv[2];
const faults = [];
/* What must still be so when all else has happened. */
const atLast = [];
const texts = {};

for (const tag of ["en", "id", "ko", "fr"]) {
    const file = path.join(__dirname, `../../campaign/locales/${tag}.json`);

    texts[tag] = JSON.parse(fs.readFileSync(file, "utf8")).texts;
}


/* --- the demo --- */


/*
 * A new order that ordersave knows, in a window of its customer's: {id, page,
 * context, uri}. The window begins at the order's page in the shop.
 */
async function buy(browser, name, more) {
    const { locale = "en", payment = "delivery", js = true, width = 1000,
            bypassCSP = false } = more || {};
    const context = await browser.newContext({
        viewport: { width, height: 780 }, javaScriptEnabled: js, bypassCSP,
    });

    context.on("page", (page) => {
        page.on("console", (m) => {
            if (/Content Security Policy|Refused/.test(m.text())
                || (m.type() === "error" && !/status of/.test(m.text())))
            {
                faults.push(`${name}: ${page.url()}: ${m.text()}`);
            }
        });
        page.on("pageerror", (e) => faults.push(`${name}: ${e.message}`));
    });

    const answer = await context.request.post(`${site}demo/order`,
        { form: { locale, payment }, maxRedirects: 0 });
    const to = new URL(answer.headers().location, site);
    const id = /view-order(?:%2F|\/)(\d+)/.exec(to.search)[1];
    const page = await context.newPage();

    await page.goto(to.href);

    const made = await order(context, id);

    return { id, name, page, context, url: made.cancel_url };
}


async function order(context, id) {
    return (await context.request.get(`${site}_demo/orders/${id}`)).json();
}


/* Waits until the store says it of an order. */
async function store(shop, name, test) {
    let made;

    const held = await waitFor(async () => {
        made = (await order(shop.context, shop.id)).order;
        return test(made);
    });

    return ok(held, `${shop.name}: ${name}`,
              JSON.stringify([made.status, made.total, made.fee_lines,
                              made.coupon_lines]));
}


function redis(shop, verb) {
    return shop.context.request.post(`${site}demo/redis`,
                                     { form: { do: verb } });
}


async function mailTo(shop) {
    const { order: made } = await order(shop.context, shop.id);
    const url = `${site}inbox/api/wait?kind=mail&timeout=60&to=`
        + encodeURIComponent(made.billing.email);

    return (await (await shop.context.request.get(url)).json()).messages
        .pop();
}


/* --- the page --- */


const accepts = (page) => page.locator("button[value^='accept:']");
const cancelButton = (page) => page.locator("button[value=cancel]");
const active = (page) => page.evaluate(() => {
    const e = document.activeElement;
    return [e.name || e.tagName, e.value || e.id || ""].join("=");
});


/* The shop's own Cancel link, on the order's page. */
async function follow(shop) {
    await shop.page.locator("a.cancel").click();
    await shop.page.waitForURL(/cancel_order=true/);

    return shop.page;
}


/* What is behind a button, loaded. */
async function press(page, button) {
    const loaded = page.waitForEvent("load");

    await button.click();
    await loaded;
}


/* The page is this one, in the language of the order. */
async function isPage(page, kind, locale = "en") {
    const words = texts[locale][`${kind}.heading`].split(/\{\{.*?\}\}/);
    const found = words.reduce((h1, hasText) => h1.filter({ hasText }),
                               page.locator("h1"));

    return await found.waitFor().then(() => true, () => false)
        && await page.locator("html").getAttribute("lang") === locale;
}


const isKept = (page, locale) => isPage(page, "kept", locale);


async function tabTo(page, wanted) {
    for (let i = 0; i < 30; i++) {
        if (wanted.test(await active(page))) {
            return true;
        }

        await page.keyboard.press("Tab");
    }

    return false;
}


/* A page that asks for a score or a reason, opened from a mail. */
function link(mail, kind) {
    const found = new RegExp(`href="(http[^"]*/ordersave/${kind}/[^"]*)"`)
        .exec(mail ? mail.html : "");

    return found && found[1].replace(/&amp;/g, "&");
}


async function narrow(page, name) {
    const wide = await page.evaluate(() => {
        const width = document.documentElement.clientWidth;

        return [...document.querySelectorAll("body *")].filter((e) => {
            const box = e.getBoundingClientRect();
            return box.width > 0 && (box.right > width + 1 || box.left < -1);
        }).map((e) => e.outerHTML.slice(0, 100));
    });

    ok(wide.length === 0, `${name}: nothing is wider than 360 px`,
       wide.join("\n"));
}


/* --- the stories --- */


/* Choose a reason, reach its offers, take one: with the keyboard alone. */
async function keyboard(browser, js) {
    const shop = await buy(browser, `keys, ${js ? "" : "no "}JavaScript`,
                           { js });
    const { page, name } = shop;

    await tabTo(page, /^A=/);
    await follow(shop);

    ok(await tabTo(page, /^ordersave_reason=/),
       `${name}: Tab reaches the reasons`);
    await page.keyboard.press("Space");
    ok(await page.locator("input[value=changed_mind]").isChecked(),
       `${name}: Space chooses one`);

    await page.keyboard.press("ArrowDown");
    ok(await page.locator("input[value=costs]").isChecked(),
       `${name}: an arrow chooses the next`);

    const asked = [];
    const note = (request) => {
        if (request.isNavigationRequest()) {
            asked.push(request.url());
        }
    };

    page.on("request", note);
    await page.keyboard.press("Enter");
    await page.evaluate(() => 0).catch(() => 0);
    await page.reload().catch(() => 0);
    page.off("request", note);
    ok(asked.length === 1, `${name}: Enter on a reason submits nothing`,
       asked.join("\n"));
    await store(shop, "it is not cancelled", (o) => o.status === "processing");
    await page.locator("input[value=costs]").focus();
    await page.keyboard.press("Space");

    await page.keyboard.press("Tab");
    ok(/^ordersave_do=accept:/.test(await active(page)),
       `${name}: the next stop is the reason's offer`, await active(page));
    ok(await tabTo(page, /=cancel$/), `${name}: Tab reaches cancel anyway`);
    await page.keyboard.press("Shift+Tab");
    await tabTo(page, /^ordersave_do=accept:|^ordersave_reason/);

    for (let i = 0; i < 30 && !/=accept:/.test(await active(page)); i++) {
        await page.keyboard.press("Shift+Tab");
    }

    await page.keyboard.press(js ? "Enter" : "Space");
    ok(await isKept(page), `${name}: the button is pressed, and it is kept`);
    await store(shop, "the total is less", (o) => o.total < 49.40);
    await shop.context.close();
}


/* Cancel anyway really cancels, with the keyboard alone. */
async function cancelAnyway(browser) {
    const shop = await buy(browser, "cancel anyway",
                           { js: false, width: 360 });
    const { page } = shop;

    await follow(shop);
    await narrow(page, "the offer page");
    ok(await tabTo(page, /=cancel$/), "cancel anyway: reached by Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/my-account\/$/);
    ok(/Your order was cancelled/.test(await page.locator("main").innerText()),
       "cancel anyway: the store's own answer");
    await store(shop, "cancelled at the store",
                (o) => o.status === "cancelled");

    /* Until the store's webhook has come, Back may still show the page. */
    await page.goBack();

    ok(await waitFor(async () => {
        await page.goto(shop.url);
        return await accepts(page).count() === 0;
    }), "cancel anyway: Back soon offers nothing any more", page.url());

    return shop;
}


/* Reload and Back, before and after; then cancel on the kept page. */
async function backAndForth(browser) {
    const shop = await buy(browser, "reload and Back");
    const { page } = shop;
    const offers = () => accepts(page).evaluateAll(
        (list) => list.map((b) => b.value).join());

    await follow(shop);

    const first = await offers();

    await page.reload();
    ok(await offers() === first, "reload: the same offers", await offers());
    await page.goBack();
    await page.goForward();
    ok(await offers() === first, "Back and forth: the same offers");

    await page.locator("input[value=account]").check();
    await accepts(page).locator("visible=true").first().dblclick();
    ok(await isKept(page), "double click: kept");
    await store(shop, "five less, once",
                (o) => o.fee_lines.length === 1 && o.total === "44.40");

    await page.reload();
    ok(await isKept(page) && await accepts(page).count() === 0,
       "reload: still kept");

    await page.goBack();

    if (await accepts(page).count()) {
        await page.locator("input[value=account]").check();
        await accepts(page).locator("visible=true").first().click();
    }

    await page.goto(shop.url);
    ok(await isKept(page), "Back: still kept");
    await store(shop, "still once", (o) => o.fee_lines.length === 1);

    await cancelButton(page).click();
    await page.waitForURL(/\/my-account\/$/);
    await store(shop, "cancelled from the kept page",
                (o) => o.status === "cancelled");
    await shop.context.close();
}


/* Two tabs: what the first one decides stands. */
async function twoTabs(browser) {
    for (const then of ["accepts", "cancels"]) {
        const shop = await buy(browser, `two tabs, the other ${then}`);
        const { page } = shop;
        const other = await shop.context.newPage();

        await follow(shop);
        await other.goto(shop.url);
        await page.locator("input[value=account]").check();
        await page.locator("button[value='accept:five']:visible").click();
        ok(await isKept(page), `${shop.name}: kept in the first`);
        await store(shop, "five less", (o) => o.total === "44.40");

        if (then === "accepts") {
            await other.locator("input[value=costs]").check();
            await other.locator("button[value='accept:shipping']:visible")
                .click();
            ok(await isKept(other), `${shop.name}: the other says it is kept`);
            ok(/5\.00/.test(await other.locator("main").innerText()),
               `${shop.name}: by the first one's offer`,
               await other.locator("main").innerText());
            atLast.push(async () => {
                await store(shop, "and no second offer",
                            (o) => o.total === "44.40"
                                   && o.fee_lines.length === 1);
                await shop.context.close();
            });
            continue;
        } else {
            await cancelButton(other).click();
            await other.waitForURL(/\/my-account\/$/);
            await store(shop, "cancelled", (o) => o.status === "cancelled");
        }

        await shop.context.close();
    }

    const shop = await buy(browser, "two tabs, the first cancels");
    const other = await shop.context.newPage();

    await follow(shop);
    await other.goto(shop.url);
    await cancelButton(shop.page).click();
    await shop.page.waitForURL(/\/my-account\/$/);
    await other.locator("input[value=account]").check();
    await press(other, other.locator("button[value='accept:five']:visible"));

    ok(await isPage(other, "asked"),
       `${shop.name}: the other hears that the cancel was asked for`);
    await store(shop, "cancelled, and not changed",
                (o) => o.status === "cancelled" && o.total === "49.40");
    await shop.context.close();
}


/*
 * axe of a page that only a form leads to: its markup, in a window that lets
 * axe in.
 */
let copies;

async function axePage(browser, shop, page, name) {
    if (!copies) {
        const context = await browser.newContext(
            { viewport: { width: 360, height: 780 }, bypassCSP: true });

        copies = await context.newPage();
        await copies.route("**/copy", (route) => route.fulfill(
            { body: "", contentType: "text/html; charset=utf-8" }));
        await copies.goto(`${site}copy`);
    }

    await copies.setContent(await page.content());
    await narrow(copies, name);
    await axe(copies, `${shop.name}: ${name}`);
}


/* A token that is none, and an accept while Redis is away. */
async function inTrouble(browser) {
    const shop = await buy(browser, "trouble");
    const { page } = shop;

    await follow(shop);
    await page.locator("input[name=ordersave_token]").evaluate(
        (input) => { input.value = input.value.replace(/.$/, "-"); });
    await page.locator("input[value=account]").check();
    await press(page, page.locator("button[value='accept:five']:visible"));
    ok(await isPage(page, "expired"), "a forged token: out of date");
    await axePage(browser, shop, page, "expired");

    await page.goto(shop.url);
    await redis(shop, "stop");
    await page.locator("input[value=account]").check();
    await press(page, page.locator("button[value='accept:five']:visible"));
    ok(await isPage(page, "unknown")
       && await page.locator("button[value='accept:five']").count() === 1,
       "Redis is away: not known yet, with the same button");
    await axePage(browser, shop, page, "unknown");

    await redis(shop, "start");

    /* nginx finds its way back within a moment. */
    await waitFor(async () => {
        const again = page.locator("button[value='accept:five']");

        if (await again.count() === 0) {
            return true;
        }

        await press(page, again);
        return false;
    });

    ok(await isKept(page), "Redis is back: the same button keeps it");
    await store(shop, "five less, once",
                (o) => o.fee_lines.length === 1 && o.total === "44.40");
    await axePage(browser, shop, page, "kept");
    await shop.context.close();
}


/* What a cancelled order's mail leads to. */
async function afterwards(browser, shop) {
    await shop.context.request.post(`${site}demo/day`);

    const mail = await mailTo(shop);
    const page = await shop.context.newPage();

    for (const [kind, input] of [["score", "input[name=ordersave_score]"],
                                 ["reason", "input[name=ordersave_reason]"]])
    {
        const url = link(mail, kind);

        if (!ok(url, `the mail leads to the ${kind}`, mail && mail.html)) {
            continue;
        }

        await page.goto(url);
        await axePage(browser, shop, page, kind);
        await tabTo(page, new RegExp(input.slice(11, -1)));
        await page.keyboard.press("Space");
        ok(await page.locator(`${input}:checked`).count() === 1,
           `${kind}: chosen with the keyboard`);
        await press(page, page.locator("form button.b:visible").last());
        ok(await isPage(page, "thanks"), `${kind}: thanks`);
        await axePage(browser, shop, page, `thanks for the ${kind}`);
    }
}


/* The other languages: the whole page in one, and as narrow as a phone. */
async function languages(browser) {
    for (const locale of ["id", "ko", "fr"]) {
        const shop = await buy(browser, locale,
                               { locale, width: 360, payment: "later" });
        const { page } = shop;

        await follow(shop);
        ok(await isPage(page, "offer", locale), `${locale}: the offer page`);
        await page.locator("input[value=costs]").check();
        await narrow(page, locale);
        await axePage(browser, shop, page, "offer");
        await accepts(page).locator("visible=true").first().click();
        await page.waitForURL(/order-pay/);
        ok(await page.locator("#place_order").isVisible(),
           `${locale}: keep and pay leads to the till`);
        await page.goto(shop.url);
        ok(await isKept(page, locale), `${locale}: the kept page`);
        await axePage(browser, shop, page, "kept");
        await shop.context.close();
    }
}


tests(async (browser) => {
    const [, cancelled] = await Promise.all([
        (async () => {
            await keyboard(browser, true);
            await keyboard(browser, false);
            await backAndForth(browser);
        })(),
        (async () => {
            const shop = await cancelAnyway(browser);

            await twoTabs(browser);
            await languages(browser);
            return shop;
        })(),
    ]);

    await inTrouble(browser);
    await afterwards(browser, cancelled);

    for (const look of atLast) {
        await look();
    }

    ok(faults.length === 0, "no page was kept from what it needs",
       faults.join("\n"));
});
