/*
 * What the browser tests share: TAP, Chromium, axe.
 */

"use strict";

const fs = require("fs");

const { chromium } = require("playwright-core");

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/* Until a hang is taken for one, as in t/lib/OrderSave/Patience.pm. */
const PATIENCE = 60000 * (process.env.ORDERSAVE_PATIENCE || 1);

let run = 0;
let failed = 0;


function ok(held, name, detail) {
    run++;
    failed += held ? 0 : 1;
    console.log(`${held ? "" : "not "}ok ${run} - ${name.replace(/#/g, "_")}`);

    if (!held && detail !== undefined) {
        console.log(String(detail).replace(/^/gm, "# "));
    }

    return held;
}


/*
 * axe, once in full and once more for the colours of the dark scheme. The
 * page's context must bypass the page's policy. `within` is a selector: what is
 * around that is not looked at.
 */
async function axe(page, name, options) {
    const { tags = [...TAGS, "best-practice"], iframes = true,
            dark = true, within } = options || {};
    const schemes = [["light", tags], ["dark", ["color-contrast"]]];

    /* it is long: compiled once in a page whose content alone changes */
    if (!await page.evaluate(() => "axe" in window)) {
        await page.evaluate(AXE);
    }

    for (const [colorScheme, runOnly] of schemes.slice(0, dark ? 2 : 1)) {
        await page.emulateMedia({ colorScheme });

        const result = await page.evaluate(
            ({ how, where }) => window.axe.run(where || document, how),
            { how: { runOnly, iframes, resultTypes: ["violations"] },
              where: within });

        ok(result.violations.length === 0,
           `${name} ${colorScheme}: axe finds nothing`,
           result.violations.map((v) => `${v.id}: ${v.help}\n  `
               + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)
                   + " " + (n.any[0] ? n.any[0].message : ""))
                   .join("\n  ")).join("\n"));
    }

    await page.emulateMedia({ colorScheme: "light" });
}


/*
 * Waits until the condition is true, and answers what it said, or nothing.
 */
async function waitFor(condition) {
    for (const end = Date.now() + PATIENCE; ;) {
        const value = await condition();

        if (value || Date.now() > end) {
            return value;
        }

        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}


/* Opens a browser for the tests, and ends with their plan and exit status. */
async function tests(main) {
    let browser;

    try {
        browser = await chromium.launch({
            /* Chromium without the frame around its pages, which nobody
             * sees: half the work */
            executablePath: process.env.CHROMIUM
                || "/usr/bin/chromium-headless-shell",
            args: ["--headless", "--no-sandbox", "--disable-gpu",
                   "--disable-background-networking",
                   "--disable-component-update", "--disable-sync"],
            timeout: PATIENCE,
        });

        const open = browser.newContext.bind(browser);

        browser.newContext = async (options) => {
            const context = await open(options);

            context.setDefaultTimeout(PATIENCE);
            return context;
        };

        await main(browser);
        console.log(`1..${run}`);
        process.exitCode = failed ? 1 : 0;
    } catch (e) {
        console.log(`Bail out! ${e.stack}`);
        process.exitCode = 2;
    } finally {
        await browser?.close();
    }
}


module.exports = { TAGS, axe, ok, tests, waitFor };
