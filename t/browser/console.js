/*
 * The console's pages in a browser, behind a real nginx: by keyboard, without
 * JavaScript, at 360 and 1600 px, light and dark, in all languages. Speaks TAP.
 *
 *     node t/browser/console.js PLAN.json
 *
 * The plan is made by t/browser_console.t. Pictures go to ORDERSAVE_SHOTS.
 */

"use strict";

const fs = require("fs");

const { axe, ok, tests } = require("./lib.js");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const shots = process.env.ORDERSAVE_SHOTS;

const PAGES = {
    overview: "./?days=90", cancels: "cancels?days=90",
    reasons: "reasons?days=90", offers: "offers?days=90",
    "offers-by": "offers?days=90&by=country",
    messages: "messages?days=90", parcels: "parcels?days=90",
    preview: "preview?name=cancelled&wide=desktop", queue: "queue", order: "order?id=shop%2F9001", none: "cancels?days=1&q=nobody",
};


async function opened(browser, options) {
    const context = await browser.newContext({
        httpCredentials: { username: "ada", password: "secret" }, ...options,
    });
    const page = await context.newPage();

    page.faults = [];
    page.on("console", (m) => {
        if (["error", "warning"].includes(m.type())) {
            page.faults.push(m.text());
        }
    });

    return page;
}


/* Nothing is wider than the screen but what scrolls by itself. */
function tooWide(page) {
    return page.evaluate(() => {
        const wide = document.documentElement.clientWidth;

        return [...document.querySelectorAll("body *")].filter((e) =>
            !e.closest(".t *") && !e.closest("svg")
            && e.getBoundingClientRect().right > wide + 1)
            .map((e) => e.outerHTML.slice(0, 120));
    });
}


async function looks(page, name, what) {
    page.faults.length = 0;
    await page.goto(`${plan.site}${PAGES[name]}`);

    const wide = await tooWide(page);

    ok(wide.length === 0, `${name} ${what}: nothing is cut off`,
       wide.join("\n"));
    ok(page.faults.length === 0, `${name} ${what}: the console is empty`,
       page.faults.join("\n"));

    if (shots) {
        await page.screenshot({ path: `${shots}/${name}-${what}.png`,
                                fullPage: true });
    }
}


/* One window of each kind for all pages: opening one takes longer than what is
 * looked at in it. */
async function everyPage(browser) {
    const open = await opened(browser, { bypassCSP: true });
    const phone = await opened(browser,
        { viewport: { width: 360, height: 740 } });
    const dark = await opened(browser,
        { viewport: { width: 1600, height: 900 }, colorScheme: "dark" });

    for (const name of Object.keys(PAGES)) {
        await open.goto(`${plan.site}${PAGES[name]}`);
        await axe(open, name);
        await looks(phone, name, "360");
        await looks(dark, name, "1600-dark");
    }

    for (const lang of ["fr", "id", "ko"]) {
        PAGES[`overview-${lang}`] = `./?days=90&lang=${lang}`;
        PAGES[`cancels-${lang}`] = `cancels?days=90&lang=${lang}`;
        await looks(phone, `overview-${lang}`, "360");
        await looks(phone, `cancels-${lang}`, "360");
    }

    for (const page of [open, phone, dark]) {
        await page.context().close();
    }
}


/* From the overview to an order by Tab and Enter alone, no script running. */
async function byKeyboard(browser) {
    const page = await opened(browser, { javaScriptEnabled: true });

    /* tabs until what has the focus says so */
    async function to(text) {
        for (let i = 0; i < 60; i++) {
            await page.keyboard.press("Tab");

            const now = await page.evaluate(() => {
                const e = document.activeElement;

                return {
                    text: e.id || e.textContent.trim(),
                    ring: getComputedStyle(e).outlineStyle !== "none",
                };
            });

            if (now.text === text) {
                return now.ring;
            }
        }

        return false;
    }

    /* and no key before the next page is there */
    async function enter(url) {
        await Promise.all([page.waitForNavigation({ url }),
                           page.keyboard.press("Enter")]);
    }

    await page.goto(plan.site);
    ok(await to("Cancellations"), "keyboard: the way to the cancellations");
    await enter(/cancels/);
    ok(await to("q"), "keyboard: the words to look for");
    await page.keyboard.type("비싸");
    await enter(/q=/);
    ok(await page.locator("article").count() === 1,
       "keyboard: two syllables find one order");
    ok(await to("Order 9001"), "keyboard: the order");
    await enter(/order\?/);
    ok(await page.locator("ol.story li").count() === 5,
       "keyboard: its story");
    ok(await page.locator("script").count() === 0, "there is no script");
    await page.context().close();
}


async function withoutScript(browser) {
    const page = await opened(browser, { javaScriptEnabled: false });

    await page.goto(`${plan.site}cancels?days=90`);
    await page.selectOption("#reason", "too_dear");
    await page.click("button");
    ok(await page.locator("article").count() === 1,
       "without JavaScript: filtered");
    await page.goto(`${plan.site}?days=30`);
    await page.click("summary");
    ok(await page.locator("#by_day ~ details tbody tr").count() === 30,
       "without JavaScript: a table of days unfolds");
    await page.context().close();
}


/* What is done, without a script. */
async function acts(browser) {
    const page = await opened(browser, { javaScriptEnabled: false });
    const said = () => page.locator("[role=status]").textContent();

    await page.goto(`${plan.site}queue`);
    await page.click("text=Pause all deliveries");
    ok((await said()).startsWith("Pause: done"), "acts: a pause", await said());
    await page.click("text=Resume all deliveries");
    ok((await said()).startsWith("Resume: done"), "acts: and its end");
    ok(await page.locator("article h3", { hasText: "9002" }).count() === 1,
       "acts: a request waits");
    await page.click("summary:text-is('Drop')");
    await page.click("details[open] button");
    ok((await said()).startsWith("Drop: done"), "acts: a dead letter goes",
       await said());
    await page.context().close();
}


/* The frame shows the colours that were chosen, not those of who looks. */
async function frames(browser) {
    const seen = {};

    for (const scheme of ["light", "dark"]) {
        const page = await opened(browser, { colorScheme: "light" });

        await page.goto(`${plan.site}preview?name=page_offer&scheme=${scheme}`);

        const frame = page.frames()[1];

        await frame.waitForLoadState();
        seen[scheme] = await page.locator("iframe").screenshot();
        ok(await frame.locator("h1").count() > 0, `frame: ${scheme}`);
        ok(page.faults.length === 0, `frame ${scheme}: the console is empty`,
           page.faults.join("\n"));

        if (shots) {
            fs.writeFileSync(`${shots}/frame-${scheme}.png`, seen[scheme]);
        }

        await page.context().close();
    }

    ok(!seen.light.equals(seen.dark), "frame: dark is not light");
}


tests(async (browser) => {
    await byKeyboard(browser);
    await withoutScript(browser);
    await frames(browser);
    await everyPage(browser);
    await acts(browser);
});
