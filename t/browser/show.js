/*
 * The interactive demo as a visitor meets it: the buttons, the shop in its
 * tab, the inbox, the live state. Speaks TAP.
 *
 *     node t/browser/show.js http://127.0.0.1:8400/ [--shots FOLDER]
 */

"use strict";

const fs = require("fs");
const path = require("path");

const { axe, ok, tests, waitFor } = require("./lib.js");

const site = process.argv[2];
const shots = process.argv[3] === "--shots" ? process.argv[4] : null;


async function shot(page, name) {
    if (shots) {
        fs.mkdirSync(shots, { recursive: true });
        await page.bringToFront();
        await page.screenshot({ path: path.join(shots, `${name}.png`),
                                fullPage: true });
    }
}


/* Waits until a node of the page says it. */
async function says(page, id, pattern) {
    let text = "";

    const said = await waitFor(async () => {
        text = await page.locator(id).innerText();
        return pattern.test(text);
    });

    return ok(said, `${id}: ${pattern}`, text);
}


/* Clicks what opens the shop's tab, and answers that tab, loaded. */
async function inShop(page, click, pattern) {
    const known = page.context().pages().find((p) => p !== page);
    const opened = known ? null : page.context().waitForEvent("page");

    await click();

    const shop = known || await opened;

    await shop.waitForURL(pattern);
    await shop.waitForLoadState();

    return shop;
}


async function mail(page, words) {
    const inbox = page.frameLocator(".phone iframe");
    const found = inbox.locator("details, article")
        .filter({ hasText: words }).first();
    const here = await found.waitFor()
        .then(() => true, () => false);

    return ok(here, `inbox: ${words}`,
              here ? "" : await inbox.locator("main").innerText());
}


async function order(page, name, payment) {
    await page.getByLabel(payment || "on delivery", { exact: true }).check();

    return inShop(page, () => page.getByRole("button",
        { name, exact: true }).click(), /\/my-account\/view-order\/\d+\//);
}


function cancel(page, pattern) {
    return inShop(page, () => page.getByRole("button", { name: /^Cancel/ })
        .click(), pattern);
}


const OFFER = /cancel_order=true/;


async function kept(page) {
    const shop = await order(page, "English");

    ok(/Hello, Ada/.test(await shop.locator("header").innerText()),
       "the customer is logged in to the shop");
    await says(page, "#store", /processing, \$\d+\.\d\d not paid/);
    await says(page, "#decision", /^undecided$/);

    await cancel(page, OFFER);
    ok(await shop.locator("button[value=cancel]").isVisible(),
       "the Cancel link opens the offer page");
    await says(page, "#log", /GET \/cart\/ 200\s*offer/);
    await shot(shop, "offer");

    await shop.getByLabel("The total cost is too high").check();
    await shop.locator("button[value='accept:save10']").first().click();
    await shop.locator("section.c").first().waitFor();
    await says(page, "#decision", /^accepted, save10 \(coupon SAVE10-\w\w\)/);
    await says(page, "#decision", /applied: done/);
    ok(await waitFor(async () => await page.locator("#store s").count() === 1),
       "the old total is crossed out beside the new one");
    await mail(page, "Your offer for order");
    await shot(page, "kept");
}


/* A link in a mail opens here. */
async function score(page, words) {
    const inbox = page.frameLocator(".phone iframe");
    const html = await inbox.locator("details")
        .filter({ hasText: words }).first().locator("iframe")
        .getAttribute("srcdoc");
    const link = /href="(http[^"]*\/ordersave\/score\/[^"]*)"/.exec(html);

    if (!ok(link && link[1].startsWith(site), "the mail links to this demo",
            html.slice(0, 2000)))
    {
        return;
    }

    ok(html.includes(`href="${site}chat/"`), "and its links are whole addresses");

    const opened = await page.context().newPage();

    await opened.goto(link[1].replace(/&amp;/g, "&"));
    await opened.locator("input[value='4']").check({ force: true });
    await opened.locator("form button.b").click();
    await says(page, "#events", /score given: 4/);
    await opened.close();
}


async function cancelled(page) {
    const asked = Number((await page.frameLocator(".office iframe")
        .locator("dl.figure dd").nth(1).innerText()).replace(/\D/g, ""));
    const shop = await order(page, "Français", "later");

    await cancel(page, OFFER);
    ok(await shop.locator("html").getAttribute("lang") === "fr",
       "the offer page speaks the order's language");
    await shop.locator("button[value=cancel]").click();
    await shop.waitForURL(/\/my-account\//);
    await says(page, "#store", /: cancelled/);
    await says(page, "#due", /mail “cancelled” in \d+ s/);

    await page.getByRole("button", { name: "+1 day" }).click();
    await mail(page, "Lumen & Loom");
    await mail(page, "COMEBACK15");
    ok(await waitFor(async () => Number((await page.frameLocator(".office iframe")
        .locator("dl.figure dd").nth(1).innerText()).replace(/\D/g, ""))
        > asked), "the office has counted it, without a click");
    await says(page, "#due", /^mail “win_back” in 1[34] days$/);
    await score(page, "COMEBACK15");
    await shot(page, "cancelled");
}


async function withoutRedis(page) {
    const shop = await order(page, "한국어");
    const focus = () => page.evaluate(() => document.activeElement.id);

    await page.getByRole("button", { name: "Stop Redis" }).click();
    await says(page, "#redis", /stopped/);
    ok(await focus() === "stop", "the focus stays on the button");

    await cancel(page, /\/my-account\/$/);
    ok(await shop.locator("button[value=cancel]").count() === 0,
       "without Redis there is no offer");
    await says(page, "#store", /: cancelled/);
    await says(page, "#log", /pass-redis/);
    await says(page, "#spool", /events/);
    await shot(page, "without-redis");

    await page.getByRole("button", { name: "Start Redis" }).click();
    await says(page, "#redis", /runs/);
    await says(page, "#events", /asked to cancel/);
    await says(page, "#spool", /nothing/);
}


/* Paid already: the difference is paid back. */
async function paid(page) {
    const shop = await order(page, "Bahasa Indonesia", "by card, already");

    await cancel(page, OFFER);
    await shop.locator("input[value=costs]").check();
    await shop.locator("button[value^='accept:']:visible").first().click();
    await says(page, "#store", /paid back/);
}


/* The parcel's buttons, and days that pass, one after the other. */
async function travels(page) {
    const press = async (name) => {
        const button = page.getByRole("button", { name, exact: true });

        await waitFor(async () =>
            await button.getAttribute("aria-disabled") !== "true");
        await button.click();
        await waitFor(async () => !await button.getAttribute("aria-busy"));
    };

    const shop = await order(page, "English", "by card, already");
    const panel = shop.locator("ordersave-panel");
    const shows = async (words) => ok(await waitFor(async () =>
        (await panel.locator("section").innerText()).includes(words)),
        `the order's page says: ${words}`);

    await press("Ship it");
    await shows("Your order has left our warehouse.");
    await press("Out for delivery");
    await mail(page, "Out for delivery");
    await press("It is late");
    await shows("Your order will arrive later than planned.");
    await mail(page, "will arrive later");
    await press("Delivered");
    await shows("Your order has been delivered.");
    await shot(page, "travels");

    const late = await order(page, "English", "by card, already");

    const passed = Number(/\d+(?= passed)/.exec(
        await page.locator("#day").innerText()) || 0);

    for (let n = 1; n <= 3; n++) {
        await page.locator("#day").click();
        await says(page, "#day", new RegExp(`\\(${passed + n} passed\\)`));
    }

    await mail(page, "has not left yet");
    await late.reload();
    ok(await waitFor(async () => (await late.locator(
        "ordersave-panel section").innerText()).includes("has not left yet")),
       "after three days the order's page says that it is late");

    const back = await order(page, "English", "by card, already");

    await press("It comes back");
    await mail(page, "On its way back to us");
    ok(back.url().includes("view-order"), "in the shop's own page");
    await back.goto(`${site}shop/`);
}


async function looks(browser) {
    for (const width of [1280, 360]) {
        const context = await browser.newContext(
            { viewport: { width, height: 900 }, bypassCSP: true });
        const page = await context.newPage();

        await page.goto(site);
        await page.locator("#log li").first().waitFor();
        await page.frameLocator(".office iframe").locator("dl.figure").first()
            .waitFor();
        ok(Number((await page.frameLocator(".office iframe")
            .locator("dl.figure dd").first().innerText()).replace(/\D/g, ""))
           > 300, `${width}: the office has its ninety days`);

        ok(await page.evaluate(() => document.documentElement.scrollWidth
                               <= document.documentElement.clientWidth),
           `${width}: nothing is wider than the screen`);
        await axe(page, `${width}`, { iframes: false });
        await shot(page, `demo.${width}`);
        await page.emulateMedia({ colorScheme: "dark" });
        await shot(page, `demo.${width}.dark`);
        await context.close();
    }
}


tests(async (browser) => {
    const faults = [];
    const context = await browser.newContext(
        { viewport: { width: 1280, height: 900 } });

    context.on("page", (page) => {
        page.on("console", (m) => {
            if (m.type() === "error") {
                faults.push(`${page.url()}: ${m.text()}`);
            }
        });
        page.on("pageerror", (e) => faults.push(e.message));
    });

    const page = await context.newPage();

    await page.goto(site);
    ok(page.url() === `${site}demo/`, "the address leads to the page");
    await page.locator("#log li").first().waitFor();

    await kept(page);
    await cancelled(page);
    await paid(page);
    await travels(page);
    await withoutRedis(page);
    ok(faults.length === 0, "no error in any console", faults.join("\n"));
    await looks(browser);
});
