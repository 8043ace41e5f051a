/*
 * The way to a withdrawal, and the function, in a browser: in sight in a light
 * shop and in a dark one, as wide as a phone, in several languages; two steps
 * and no third, by keyboard, with and without JavaScript. Speaks TAP.
 *
 *     node t/browser/withdraw.js PLAN.json [--shots FOLDER]
 *
 * The plan is made by t/browser_withdraw.t.
 */

"use strict";

const fs = require("fs");
const path = require("path");

const { axe, ok, tests } = require("./lib.js");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const shots = process.argv[3] === "--shots" ? process.argv[4] : null;
const faults = [];


async function window_(browser, name, more) {
    const { width = 1000, js = true, bypassCSP = false } = more || {};
    const context = await browser.newContext({
        viewport: { width, height: 780 }, javaScriptEnabled: js, bypassCSP,
    });
    const page = await context.newPage();

    page.on("console", (m) => {
        if (m.type() === "error" && !/status of/.test(m.text())) {
            faults.push(`${name}, ${page.url()}: ${m.text()}`);
        }
    });
    page.on("pageerror", (e) => faults.push(`${name}: ${e.message}`));

    return page;
}


async function shot(page, name) {
    if (shots) {
        await page.screenshot({ path: path.join(shots, `${name}.png`),
                                fullPage: true });
    }
}


function overflow(page) {
    return page.evaluate(() => [...document.querySelectorAll("body *")]
        .filter((e) => {
            const r = e.getBoundingClientRect();
            return r.width && (r.right > innerWidth + 1 || r.left < -1);
        }).map((e) => e.outerHTML.slice(0, 100)).join("\n"));
}


/* What of a page can be pressed, and what it asks. */
function controls(page) {
    return page.evaluate(() => ["button", "form", "input:not([type=hidden])",
        "select", "textarea", "[role=dialog], dialog, iframe"]
        .map((s) => document.querySelectorAll(s).length).join(" "));
}


async function tabTo(page, wanted) {
    for (let i = 0; i < 20; i++) {
        await page.keyboard.press("Tab");

        const at = await page.evaluate(() => {
            const e = document.activeElement;
            const style = getComputedStyle(e);

            return [e.name || e.tagName, e.value || "",
                    style.outlineStyle !== "none"
                    || style.boxShadow !== "none" ? "seen" : ""].join("=");
        });

        if (wanted.test(at)) {
            return /seen$/.test(at);
        }
    }

    return false;
}


/* The link in a page of the shop: in the law's words, in sight. */
async function inSight(page, look, lang) {
    const { law } = plan.words[lang];
    const name = `${lang}, ${look}`;

    await page.goto(`${plan.site}/${look}/${lang}`);

    const link = page.locator(".ordersave-withdraw a");
    const seen = await link.evaluate((e) => {
        const r = e.getBoundingClientRect();
        const style = getComputedStyle(e);

        return { words: e.textContent, size: parseFloat(style.fontSize),
                 line: style.textDecorationLine, left: r.left, right: r.right,
                 height: r.height, lang: e.closest("[lang]").lang };
    });

    ok(seen.words && (!law[0] || seen.words === law[0]) && seen.lang === lang,
       `${name}: the law's words`, JSON.stringify(seen));
    ok(await link.isVisible() && seen.left >= 0 && seen.right <= 320
       && seen.size >= 12 && seen.line === "underline",
       `${name}: in sight on a phone`, JSON.stringify(seen));
    await axe(page, name, { within: ".ordersave-withdraw", dark: false });
    await shot(page, `shop-${look}-${lang}`);
}


/* From the shop's page to the end, with keys alone. */
async function twoSteps(browser, lang, js) {
    const w = plan.words[lang];
    const name = `${lang}, ${js ? "" : "no "}JavaScript`;
    const page = await window_(browser, name, { width: 320, js });
    const asked = [];

    page.on("request", (r) => r.isNavigationRequest() && asked.push(
        `${r.method()} ${new URL(r.url()).pathname}`));
    await page.goto(`${plan.site}/light/${lang}`);
    ok(await tabTo(page, /^A=/), `${name}: Tab reaches the link`);
    await Promise.all([page.waitForURL(/\/ordersave\/withdraw/),
                       page.keyboard.press("Enter")]);
    ok(await page.locator("html").getAttribute("lang") === lang,
       `${name}: the page speaks the shop page's language`);
    ok(await page.getByText(w.intro).isVisible(), `${name}: and says so`);
    ok(await overflow(page) === "", `${name}: step 1 fits a phone`,
       await overflow(page));
    await shot(page, `ask-${lang}`);

    for (const [field, words] of [["name", `Ada ${lang}`],
                                  ["contract", "4711, 4712"],
                                  ["email", "ada@post.test"]])
    {
        ok(await tabTo(page, new RegExp(`^ordersave_${field}=`)),
           `${name}: Tab reaches the ${field}, and is seen there`);
        await page.keyboard.type(words);
    }

    await Promise.all([page.waitForEvent("load"),
                       page.keyboard.press("Enter")]);
    ok(await controls(page) === "1 1 0 0 0 0",
       `${name}: step 2 is one button`, await controls(page));

    const button = page.locator("button");

    ok(!w.law[1] || await button.innerText() === w.law[1],
       `${name}: in the law's words`, await button.innerText());
    ok(await page.getByText("4711, 4712").isVisible(),
       `${name}: under what was typed`);
    ok(await overflow(page) === "", `${name}: step 2 fits a phone`,
       await overflow(page));
    await shot(page, `check-${lang}`);
    ok(await tabTo(page, /=confirm=seen$/), `${name}: Tab reaches it`);
    await Promise.all([page.waitForEvent("load"),
                       page.keyboard.press(js ? "Enter" : "Space")]);
    ok(await page.locator("h1").innerText() === w.recorded,
       `${name}: it is recorded`, await page.locator("h1").innerText());
    ok(/UTC[+-]\d\d:\d\d/.test(await page.locator("time").innerText()),
       `${name}: with date and time`);
    ok((await page.locator("time").boundingBox()).height < 55,
       `${name}: which no line cuts`);
    ok(await controls(page) === "1 1 0 0 1 0"
       && !await page.locator("textarea").evaluate((e) => e.required)
       && await page.getByText(w.why, { exact: true }).isVisible(),
       `${name}: and no third step, but a place for a reason for who likes`,
       await controls(page));
    ok(await overflow(page) === "", `${name}: that fits a phone`,
       await overflow(page));
    ok(asked.slice(-2).join() === ["POST", "POST"].map(
        (m) => `${m} /ordersave/withdraw`).join() && asked.length === 4,
       `${name}: two requests make it`, asked.join("\n"));
    await shot(page, `recorded-${lang}`);
    ok(await tabTo(page, /^ordersave_comment=/), `${name}: Tab reaches it`);
    await page.keyboard.type("Too dim");
    ok(await tabTo(page, /=why=seen$/), `${name}: and its button`);
    await Promise.all([page.waitForEvent("load"),
                       page.keyboard.press("Enter")]);
    ok(await page.getByText(w.why_thanks, { exact: true }).isVisible(),
       `${name}: which has thanks`);
    ok(await controls(page) === "0 0 0 0 0 0" && await overflow(page) === "",
       `${name}: and nothing more`, await controls(page));
    await page.context().close();
}


/* By the link of an order: axe, a mistake, and twice. */
async function byLink(browser) {
    const page = await window_(browser, "by a link", { bypassCSP: true });
    const { law, recorded } = plan.words.en;

    await page.goto(plan.site + plan.link);
    await axe(page, "step 1");
    await page.setViewportSize({ width: 320, height: 780 });
    ok(await overflow(page) === "", "a long name fits a phone",
       await overflow(page));
    await shot(page, "items");
    await page.locator("select").first().selectOption("1");
    await page.locator("[name=ordersave_name]").fill("Ada");
    await page.locator("[name=ordersave_email]").fill("ada");
    await page.locator("form").evaluate((f) => { f.noValidate = true; });
    await page.locator("button").click();
    ok(await page.locator("[role=alert]").isVisible(),
       "an address that is none: it is said");
    ok(await page.locator("select").first().inputValue() === "1",
       "and what was chosen stays so");
    await axe(page, "a mistake");
    await shot(page, "wrong");
    await page.locator("[name=ordersave_email]").fill("ada@post.test");
    await page.locator("button").click();
    await page.getByRole("button", { name: law[1] }).waitFor();
    await axe(page, "step 2");
    await page.getByRole("button", { name: law[1] }).dblclick();
    await page.getByRole("heading", { name: recorded }).waitFor();
    await axe(page, "recorded");
    await page.reload();
    ok(await page.locator("h1").innerText() === recorded,
       "pressed twice, and loaded again: it is recorded");
    await page.context().close();
}


/* Every page of a store: the link in sight, readable, and reached by keys. */
async function everyPage(browser) {
    const { site, cookie, pages, langs } = plan.shop;

    for (const lang of langs) {
        const page = await window_(browser, lang, { width: 320,
                                                    bypassCSP: true });
        const faulty = [];

        await page.context().addCookies(cookie.split("; ").map((c) => ({
            name: c.split("=")[0], value: c.split("=").slice(1).join("="),
            url: site })));

        /* an empty cart has no checkout */
        await page.context().request.post(`${site}/cart`,
            { form: { "add-to-cart": "12" } });

        for (const at of pages) {
            const answer = await page.goto(`${site}${at}${at.includes("?")
                ? "&" : "?"}speak=${lang}`);
            const link = page.locator(".ordersave-withdraw a");
            const seen = await link.evaluate((e) => {
                const r = e.getBoundingClientRect();

                return { lang: e.closest("[lang]").lang, left: r.left,
                         right: r.right, words: e.textContent };
            }).catch((e) => ({ words: e.message }));

            if (answer.status() !== 200 || seen.lang !== lang
                || seen.left < 0 || seen.right > 320
                || !await link.isVisible()
                || (plan.words[lang].law[0]
                    && seen.words !== plan.words[lang].law[0]))
            {
                faulty.push(`${at}: ${answer.status()} ${
                    JSON.stringify(seen)}`);
            }

            /* the last thing of the page: Shift-Tab from its end */
            await page.evaluate(() => { document.activeElement.blur(); });
            await page.keyboard.press("Shift+Tab");

            if (!await link.evaluate((e) => document.activeElement === e
                && getComputedStyle(e).outlineStyle !== "none"))
            {
                faulty.push(`${at}: not reached by keys`);
            }
        }

        ok(faulty.length === 0, `${lang}: the link is in sight on each of ${
            pages.length} pages of a store, and reached by keys`,
           faulty.join("\n"));
        await axe(page, `${lang}, the store`,
                  { within: ".ordersave-withdraw", dark: false });

        await Promise.all([page.waitForURL(/\/ordersave\/withdraw/),
                           page.keyboard.press("Enter")]);
        ok(await page.locator("html").getAttribute("lang") === lang,
           `${lang}: and leads there`);
        await page.context().close();
    }
}


tests(async (browser) => {
    await everyPage(browser);
    const full = process.env.ORDERSAVE_FULL;
    /* one window for all: opening it takes longer than looking */
    const page = await window_(browser, "the link",
                               { width: 320, bypassCSP: true });

    for (const [i, lang] of Object.keys(plan.words).sort().entries()) {
        for (const look of full ? ["light", "dark"]
                                : [i % 2 ? "light" : "dark"])
        {
            await inSight(page, look, lang);
        }
    }

    await page.context().close();

    await twoSteps(browser, "de", false);
    await twoSteps(browser, "en", true);

    if (full) {
        for (const lang of Object.keys(plan.words)) {
            if (lang !== "de" && lang !== "en") {
                await twoSteps(browser, lang, false);
            }
        }
    }

    await byLink(browser);
    ok(faults.length === 0, "no page was kept from what it needs",
       faults.join("\n"));
});
