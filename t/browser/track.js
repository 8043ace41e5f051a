/*
 * The tracking panel and the pages about an order on its way, in a browser
 * and through a real nginx: every language, a phone's width, light and dark,
 * under the strict policy of a store, with and without JavaScript, by
 * keyboard; and a page that stays open while its order moves. Speaks TAP.
 *
 *     node t/browser/track.js PLAN.json [--shots FOLDER]
 *
 * The plan is made by t/browser_track.t.
 */

"use strict";

const { execFileSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const { axe, ok, tests, waitFor } = require("./lib.js");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const shots = process.argv[3] === "--shots" ? process.argv[4] : null;
const faults = [];


function redis(...words) {
    return execFileSync("redis-cli", ["-p", plan.redis, ...words],
                        { encoding: "utf8" }).trim();
}


async function window_(browser, name, more) {
    const { width = 1000, js = true, bypassCSP = false,
            colorScheme = "light" } = more || {};
    const context = await browser.newContext({
        viewport: { width, height: 800 }, javaScriptEnabled: js, bypassCSP,
        colorScheme,
    });

    context.on("page", (page) => {
        page.on("console", (m) => {
            if (m.type() === "error" && !/status of/.test(m.text())) {
                faults.push(`${name} ${page.url()}: ${m.text()}`);
            }
        });
        page.on("pageerror", (e) => faults.push(`${name} ${page.url()}: ${e.message}`));
    });

    return context;
}


/*
 * A page that Redis was in time for: on a busy machine it may not be, and then
 * a place is kept in it that is filled later.
 */
async function goto(page, url) {
    let answer;

    await waitFor(async () => {
        answer = await page.goto(url);
        return !(await answer.text()).includes('data-version=""');
    });

    return answer;
}


async function shot(page, name) {
    if (shots) {
        await page.screenshot({ path: path.join(shots, `${name}.png`),
                                fullPage: true });
    }
}


/* Nothing is wider than the window, not even inside of a shadow root. */
function overflow(page) {
    return page.evaluate(() => {
        const wide = [];
        const look = (root) => root.querySelectorAll("*").forEach((e) => {
            if (e.shadowRoot) look(e.shadowRoot);
            const r = e.getBoundingClientRect();
            if (r.width && r.right > innerWidth + 1) {
                wide.push(`${e.tagName}.${e.className} ${Math.round(r.right)}`);
            }
        });

        look(document);
        return wide.slice(0, 5).join(", ");
    });
}


async function everyPage(browser) {
    const locales = Object.keys(plan.pages).filter((tag) => tag !== "en");
    /* one window of each kind: opening it takes longer than looking */
    const phone = await window_(browser, "phone", { width: 320 });
    const wide = await window_(browser, "wide", { bypassCSP: true });
    const page = await phone.newPage();
    const seen = await wide.newPage();

    for (const [tag, pages] of Object.entries(plan.pages)) {
        for (const [i, [name, url]] of Object.entries(pages).entries()) {
            /* all in English, and each in one other language; with --full in
             * all of them */
            if (!process.env.ORDERSAVE_FULL && tag !== "en"
                && name !== "panel" && name !== "review"
                && locales[i % locales.length] !== tag)
            {
                continue;
            }

            const title = `${tag} ${name}`;
            const answer = await goto(page, plan.site + url);

            ok(answer.status() === 200, `${title}: there`, answer.status());
            ok(await overflow(page) === "", `${title}: fits a phone`,
               await overflow(page));
            await shot(page, `${name}-${tag}-320`);

            /* marks and roles are those of the templates: two pages in other
             * languages hold every part */
            if (tag !== "en" && name !== "panel" && name !== "review") {
                continue;
            }

            await goto(seen, plan.site + url);
            /* colours are the same in every language */
            await axe(seen, title, { dark: tag === "en" });
        }
    }

    await phone.close();
    await wide.close();
}


async function panel(browser) {
    const url = plan.site + plan.pages.en.panel;

    /* without JavaScript all is there */
    const plain = await window_(browser, "no script", { js: false });
    const still = await plain.newPage();

    await goto(still, url);
    ok(await still.getByText(plan.number).count() > 0,
       "without JavaScript the panel is there");
    ok(await still.locator("ordersave-panel summary").first().isVisible(),
       "and its stations open without any");
    await plain.close();

    /* the store's own font, our colours, its colour scheme */
    const context = await window_(browser, "panel");
    const page = await context.newPage();

    await page.addInitScript(() => {
        window.shifts = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((e) => {
            window.shifts += e.value;
        })).observe({ type: "layout-shift", buffered: true });
    });
    await goto(page, url);
    /* styled, and drawn twice since */
    await page.waitForFunction(() => getComputedStyle(document
        .querySelector("ordersave-panel").shadowRoot
        .querySelector(".os-done"), "::before").backgroundColor
        === "rgb(31, 95, 74)");
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(
        () => requestAnimationFrame(drawn))));

    const look = await page.evaluate(() => {
        const root = document.querySelector("ordersave-panel").shadowRoot;
        const style = (e) => getComputedStyle(e);

        return {
            font: style(root.querySelector("h2")).fontFamily,
            shop: style(document.body).fontFamily,
            dot: style(root.querySelector(".os-done"), "::before")
                && getComputedStyle(root.querySelector(".os-done"),
                                    "::before").backgroundColor,
            card: style(root.querySelector("section")).backgroundColor,
            shifts: window.shifts,
        };
    });

    ok(look.font === look.shop, "the store's own font", look.font);
    ok(look.dot === "rgb(31, 95, 74)", "the brand's colour", look.dot);
    ok(look.shifts === 0, "nothing moved when it came", look.shifts);
    ok(look.card === "rgb(255, 255, 255)", "a light card in a light shop");
    await page.emulateMedia({ colorScheme: "dark" });
    ok(await page.evaluate(() => getComputedStyle(
        document.querySelector("ordersave-panel").shadowRoot
            .querySelector("section")).backgroundColor)
       === "rgb(255, 255, 255)",
       "and in a light shop that a visitor of the night opens");

    /* by keyboard: what can be used can be reached, and is seen to be */
    await page.emulateMedia({ colorScheme: "light" });
    await page.locator("body").click({ position: { x: 1, y: 1 } });
    const reached = [];

    for (let i = 0; i < 25; i++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
            const root = document.querySelector("ordersave-panel").shadowRoot;
            const e = root.activeElement;

            return e ? `${e.tagName} ${getComputedStyle(e).outlineStyle}` : "";
        });

        if (at) reached.push(at);
    }

    ok(reached.some((r) => r.startsWith("SUMMARY"))
       && reached.some((r) => r.startsWith("A ")),
       "by keyboard every part is reached", reached.join(", "));
    ok(reached.every((r) => r.endsWith("solid")), "and is seen to be",
       reached.join(", "));
    await context.close();
}


async function heading(page) {
    return page.evaluate(() => {
        const host = document.querySelector("[data-panel]");

        return (host.shadowRoot || host).querySelector("h2")?.textContent ?? "";
    });
}


/* Whether the heading becomes another one. */
function changes(page, before) {
    return waitFor(async () => await heading(page) !== before);
}


/* The order moves while its page is open. */
async function live(browser) {
    for (const name of ["panel", "track"]) {
        redis("SET", plan.key, plan.before);

        const context = await window_(browser, `live ${name}`);
        const page = await context.newPage();

        await goto(page, plan.site + plan.pages.en[name]);
        await page.locator("summary").first().click();
        ok(await waitFor(() => redis("PUBSUB", "NUMPAT") > 0),
           `${name}: somebody listens`);

        const before = await heading(page);
        const loads = await page.evaluate(() => performance.timeOrigin);

        /* a chat that the page has loaded, instead of the link to one */
        ok(await page.evaluate(() => {
            const host = document.querySelector("[data-panel]");
            const link = (host.shadowRoot || host).querySelector("a[data-chat]");
            const opens = (e) => { window.chat = true; e.preventDefault(); };

            document.addEventListener("ordersave-chat", opens);
            link.click();
            return window.chat;
        }) && page.url().endsWith(plan.pages.en[name]), `${name}: the page's own chat opens`, page.url());

        redis("SET", plan.key, plan.after);
        redis("PUBLISH", plan.channel, plan.order);

        /* without a feed it would ask after 30 s */
        ok(await changes(page, before),
           `${name}: the open page says so`, await heading(page));
        ok(await page.evaluate(() => performance.timeOrigin) === loads,
           `${name}: without being loaded again`);
        ok(await page.locator("details").first().evaluate((d) => d.open),
           `${name}: what was open stays open`);
        await context.close();
    }

    /* a place that was kept, because Redis was slow, is filled soon */
    process.kill(plan.redis_pid, "SIGSTOP");
    const slow = await window_(browser, "wait");
    const waits = await slow.newPage();

    try {
        await waits.goto(plan.site + plan.pages.en.panel);
        ok(await heading(waits) === "", "Redis is slow: a place is kept");
    } finally {
        process.kill(plan.redis_pid, "SIGCONT");
    }

    ok(await changes(waits, ""), "and filled");
    await slow.close();

    /* so is that of an order which the store knows and nobody here, once it is
     * read */
    const late = await window_(browser, "unknown");
    const unknown = await late.newPage();
    let asked = 0;

    unknown.on("response", (r) => {
        asked += r.status() === 204 && /panel\//.test(r.url());
    });
    await unknown.goto(plan.site + plan.unknown.page);
    ok(await heading(unknown) === "", "an order is not known: a place is kept");
    ok(await waitFor(() => asked > 1), "and asked for again");
    redis("SET", plan.unknown.key, plan.unknown.record);
    ok(await changes(unknown, ""), "and filled");
    await late.close();

    /* where no feed is to be had it asks from time to time */
    redis("SET", plan.key, plan.before);
    const context = await window_(browser, "poll");
    const page = await context.newPage();

    await page.route("**/ordersave/live/**",
                     (route) => route.fulfill({ status: 204 }));
    await page.clock.install();
    await goto(page, plan.site + plan.pages.en.panel);

    const before = await heading(page);

    redis("SET", plan.key, plan.after);
    /* it begins to wait once it knows that there is no feed */
    ok(await waitFor(async () => {
        await page.clock.fastForward(31000);
        return await heading(page) !== before;
    }), "without a feed it asks again", await heading(page));
    await context.close();
    redis("SET", plan.key, plan.before);
}


/* Presses Tab until this is in the focus of the page. */
async function tabTo(page, name) {
    for (let i = 0; i < 40; i++) {
        await page.keyboard.press("Tab");

        const at = await page.evaluate(() => {
            const e = document.activeElement;

            return `${e.name || e.tagName}${e.value ? `=${e.value}` : ""} ${
                getComputedStyle(e).outlineStyle}`;
        });

        if (at.startsWith(name)) {
            return at.endsWith("solid");
        }
    }

    return false;
}


/* To be texted: by keys, without a script; who types is not interrupted. */
async function consents(browser) {
    const phone = await window_(browser, "texts", { js: false, width: 320 });
    const page = await phone.newPage();

    await page.goto(plan.site + plan.pages.en.track);
    ok(!await page.locator("[name=ordersave_yes]").isChecked(),
       "the box is not ticked");
    ok(await tabTo(page, "ordersave_yes"), "Tab reaches it, and is seen there");
    await page.keyboard.press("Space");
    ok(await tabTo(page, "ordersave_phone"), "and the number");
    await page.keyboard.type("030 9018201");
    ok(await tabTo(page, "ordersave_do=ask"), "and the button");
    await Promise.all([page.waitForEvent("load"),
                       page.keyboard.press("Enter")]);
    ok(await page.locator("[name=ordersave_code]").isVisible(),
       "which leads to the field for the code", page.url());
    ok(await overflow(page) === "", "that fits a phone", await overflow(page));
    await shot(page, "code-asked");
    await phone.close();

    redis("SET", plan.key, plan.before);

    const context = await window_(browser, "typing");
    const [typing, other] = [await context.newPage(), await context.newPage()];

    for (const one of [typing, other]) {
        await goto(one, plan.site + plan.pages.en.track);
    }

    ok(await waitFor(() => redis("PUBSUB", "NUMPAT") > 0), "both listen");

    const before = await heading(typing);

    await typing.locator("[name=ordersave_phone]").fill("030");
    redis("SET", plan.key, plan.after);
    redis("PUBLISH", plan.channel, plan.order);
    ok(await changes(other, before), "the order has moved");
    ok(await heading(typing) === before
       && await typing.locator("[name=ordersave_phone]").inputValue() === "030",
       "who is typing a number is not interrupted");
    await typing.locator("h1").click();
    ok(await waitFor(async () => {
        redis("PUBLISH", plan.channel, plan.order);
        return await heading(typing) !== before;
    }), "and hears of it afterwards");
    await context.close();
    redis("SET", plan.key, plan.before);
}


tests(async (browser) => {
    await everyPage(browser);
    await consents(browser);
    await panel(browser);
    await live(browser);
    ok(faults.length === 0, "no page broke its policy, or threw",
       faults.join("\n"));
});
