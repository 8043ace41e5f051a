/*
 * The panel under strict policies, in a browser and through a real nginx: with
 * nonces and strict-dynamic in a header and in a <meta>, and in a page that a
 * script put together of what it fetched. Speaks TAP.
 *
 *     node t/browser/policy.js PLAN.json
 *
 * The plan is made by t/browser_policy.t.
 */

"use strict";

const fs = require("fs");

const { ok, tests, waitFor } = require("./lib.js");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));


/* A page whose console is heard. */
async function opened(browser, faults) {
    const context = await browser.newContext();
    const page = await context.newPage();

    page.on("console", (m) => {
        if (["error", "warning"].includes(m.type())) {
            faults.push(m.text());
        }
    });
    page.on("pageerror", (e) => faults.push(e.message));

    return page;
}


/* What a visitor has of the panel: its words, its style, its script. */
function panel(page) {
    return page.evaluate(() => {
        const host = document.querySelector("ordersave-panel");
        const root = host && (host.shadowRoot || host);
        const section = root && root.querySelector("section");

        return {
            there: Boolean(host),
            heading: section?.querySelector("h2")?.textContent ?? "",
            radius: section ? getComputedStyle(section).borderRadius : "",
            script: Boolean(host?.ordersave),
        };
    });
}


async function strict(browser, kind) {
    const faults = [];
    const page = await opened(browser, faults);

    ok(await waitFor(async () => {
        await page.goto(`${plan.site}/${kind}`);
        return (await panel(page)).heading !== "";
    }), `${kind}: the panel is in the page`);
    ok(await waitFor(async () => (await panel(page)).script),
       `${kind}: its script runs`);

    const seen = await panel(page);

    ok(seen.radius === "12px", `${kind}: it has its style`, seen.radius);
    ok(faults.length === 0, `${kind}: the console is empty`,
       faults.join("\n"));
    await page.context().close();
}


async function alone(browser, kind) {
    const faults = [];
    const page = await opened(browser, faults);

    await page.goto(`${plan.site}/${kind}`);
    ok(!(await panel(page)).there, `${kind}: nothing of ours`);
    ok(!faults.some((f) => /ordersave/.test(f)), `${kind}: nor in the console`,
       faults.join("\n"));
    await page.context().close();
}


/* As Turbo and its like do: fetched, parsed, and put in the place of the page. */
async function assembled(browser) {
    const faults = [];
    const page = await opened(browser, faults);

    await page.goto(`${plan.site}/plain`);
    ok(await waitFor(() => page.evaluate(async () => {
        const answer = await fetch("/tracked");
        const fresh = new DOMParser().parseFromString(await answer.text(),
                                                      "text/html");

        document.body.replaceChildren(...fresh.body.childNodes);

        /* a script that was parsed so does not run; it is made anew */
        for (const old of document.body.querySelectorAll("script")) {
            const script = document.createElement("script");

            script.src = old.src;
            old.replaceWith(script);
        }

        return Boolean(document.querySelector("ordersave-panel"));
    })), "fetched by a script: the panel is in the page");
    ok(await waitFor(async () => (await panel(page)).heading !== ""),
       "and shows itself", JSON.stringify(await panel(page)));
    ok(await waitFor(async () => (await panel(page)).radius === "12px"),
       "with its style", JSON.stringify(await panel(page)));
    ok(faults.length === 0, "the console is empty", faults.join("\n"));
    await page.context().close();
}


tests(async (browser) => {
    await strict(browser, "header");
    await strict(browser, "meta");
    await alone(browser, "amp");
    await alone(browser, "part");
    await assembled(browser);
});
