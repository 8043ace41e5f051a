/*
 * The pictures of the README, from the running demo.
 *
 *     node t/browser/pictures.js http://127.0.0.1:8400/ docs
 */

"use strict";

const path = require("path");

const { ok, tests } = require("./lib.js");

const [site, folder] = process.argv.slice(2);


tests(async (browser) => {
    const context = await browser.newContext(
        { viewport: { width: 720, height: 1000 }, colorScheme: "light" });
    const page = await context.newPage();
    const post = (what, form) => context.request.post(`${site}demo/${what}`,
                                                      { form });

    await post("order", { locale: "en", payment: "delivery" });
    await page.goto(`${site}demo/cancel`);
    await page.locator("input[value=costs]").check();
    await page.screenshot({ path: path.join(folder, "offer.png") });

    await page.locator("button[value=cancel]").click();
    await page.waitForURL(/my-account\/$/);

    /* The follow-up waits for the store's webhook. */
    for (let i = 0; i < 50; i++) {
        const state = await (await context.request.get(`${site}demo/state`))
            .json();

        if (state.order.due.length) {
            break;
        }

        await page.waitForTimeout(100);
    }

    await post("day", {});

    const url = `${site}inbox/api/wait?kind=mail&timeout=15`;
    const got = await (await context.request.get(url)).json();

    ok(got.messages.length === 1, "the follow-up came");
    await page.setViewportSize({ width: 480, height: 1000 });
    await page.goto(`${site}inbox/?kind=mail`);
    await page.addStyleTag({ content:
        "iframe{height:64rem!important}header{position:static!important}" });
    await page.locator("details").first().screenshot(
        { path: path.join(folder, "mail.png") });
});
