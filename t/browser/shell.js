/*
 * Pages in the shop's own layout, in a browser and through a real nginx: what
 * the shop's scripts can read of them, the keyboard, axe, widths and schemes,
 * and JavaScript switched off. Speaks TAP.
 *
 *     node t/browser/shell.js PLAN.json
 *
 * The plan is made by t/browser_shell.t. ORDERSAVE_SHOTS=DIR keeps pictures.
 */

"use strict";

const fs = require("fs");

const { axe, ok, tests, waitFor } = require("./lib.js");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const shots = process.env.ORDERSAVE_SHOTS;

const TOKEN = /k1\.[\w-]{8}/;


/* What a curious script of the shop gets hold of. */
const SPY = () => {
    const seen = [];

    window.spied = () => seen.join("\n")
        + document.documentElement.outerHTML
        + (document.documentElement.getHTML
           ? document.documentElement.getHTML({ serializableShadowRoots: true })
           : "")
        + document.body.innerText + document.cookie + location.href
        + document.referrer + JSON.stringify(performance.getEntries())
        + (window.navigation
           ? navigation.entries().map((e) => e.url).join() : "")
        + [...document.forms].map((f) => JSON.stringify(
            [...new FormData(f)])).join()
        + JSON.stringify(history.state);

    new MutationObserver((all) => all.forEach((m) => m.addedNodes.forEach(
        (n) => seen.push(n.outerHTML || n.textContent)))).observe(
        document, { childList: true, subtree: true });

    for (const type of ["click", "focusin", "input", "change", "submit",
                        "keydown"]) {
        window.addEventListener(type, (e) => e.composedPath().forEach(
            (n) => seen.push(n.outerHTML || "")), true);
    }
};


async function opened(browser, shop, options) {
    const context = await browser.newContext(options);

    await context.addCookies([{ name: "shape", value: shop.shape,
                                url: plan.site }]);
    return context.newPage();
}


/* The element that has the focus, as a screen reader hears of it. */
async function focused(cdp) {
    const { nodes } = await cdp.send("Accessibility.getFullAXTree");
    const found = nodes.filter((n) => (n.properties || []).some(
        (p) => p.name === "focused" && p.value.value)).pop();

    return found ? `${found.role.value} ${found.name?.value ?? ""}` : "";
}


/* Presses Tab until what is looked for has the focus. */
async function tabTo(page, cdp, what) {
    for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");

        const now = await focused(cdp);

        if (what.test(now)) {
            return now;
        }
    }

    return "";
}


/* No script of the shop sees what is inside, nor a token. */
async function secret(page, name) {
    const seen = await page.evaluate(() => ({
        root: document.querySelector(".ordersave").shadowRoot,
        template: document.querySelectorAll("template[shadowrootmode]").length,
        text: window.spied(),
    }));

    ok(seen.root === null && seen.template === 0,
       `${name}: the root is closed to scripts`);
    ok(!TOKEN.test(seen.text), `${name}: no token for them to read`,
       seen.text.match(/.{60}k1\..{60}/));
    ok(!TOKEN.test(page.url()), `${name}: none in the address`, page.url());
}


/* From the offer to the kept page, by keyboard. */
async function keyboard(browser, shop, options) {
    const name = `${shop.name}${options.javaScriptEnabled === false
        ? " without JavaScript" : ""}`;
    const page = await opened(browser, shop, options);
    const cdp = await page.context().newCDPSession(page);
    const scripts = options.javaScriptEnabled !== false;

    if (scripts) {
        await page.addInitScript(SPY);
    }

    await page.goto(plan.site + shop.cancel);

    if (scripts) {
        await secret(page, `${name}, offer`);
    }

    ok(await tabTo(page, cdp, /^link.*(account|Account|Home|home)/) !== "",
       `${name}: the shop's menu is there for the keyboard`);
    ok(await tabTo(page, cdp, /^radio/) !== "",
       `${name}: then come the reasons`);
    await page.keyboard.press("Space");

    let now = await focused(cdp);

    for (let i = 0; i < 12 && !/cost/i.test(now); i++) {
        await page.keyboard.press("ArrowDown");
        now = await focused(cdp);
    }

    ok(/cost/i.test(now), `${name}: one is chosen by arrow keys`, now);
    now = await tabTo(page, cdp, /^button (?!Cancel)/);
    ok(now !== "", `${name}: its offer's button follows`, now);

    await Promise.all([page.waitForURL(/\/ordersave\/kept\/~/),
                       page.keyboard.press("Enter")]);
    ok(await page.title() !== "", `${name}: the kept page`);

    if (scripts) {
        await secret(page, `${name}, kept`);
    }

    await page.context().close();
}


/* From the link in a message to the tracking page. */
async function tracked(browser, shop) {
    const page = await opened(browser, shop, {});

    await page.addInitScript(SPY);
    await page.goto(plan.site + shop.track);
    ok(/\/ordersave\/track\/~/.test(page.url()), `${shop.name}: tracking`);
    await secret(page, `${shop.name}, tracking`);

    const fetched = await page.evaluate(() => fetch(location.href)
        .then((r) => r.text().then((t) => `${r.status} ${t}`)));

    ok(/^403/.test(fetched) && !TOKEN.test(fetched),
       `${shop.name}: a script that fetches the page gets nothing`);
    await page.reload();
    ok(await page.evaluate(() => document.querySelector(".ordersave") !== null
                           && document.title.includes("19")),
       `${shop.name}: a reload shows it again`);
    await page.context().close();
}


/* The same pages with an open root, which can be looked into from outside. */
async function looked(browser, shop, kind, path) {
    const page = await opened(browser, shop, { bypassCSP: true });

    await page.goto(plan.site + path);
    await page.route((url) => url.href.startsWith(plan.site), async (route) => {
        if (route.request().resourceType() !== "document") {
            return route.continue();
        }

        const answer = await route.fetch({ maxRedirects: 0 });
        const body = await answer.text();

        return route.fulfill({ response: answer, body: body.replace(
            'shadowrootmode="closed"', 'shadowrootmode="open"') });
    });

    await page.reload();

    const style = await page.evaluate(() => {
        const root = document.querySelector(".ordersave").shadowRoot;
        const button = root.querySelector(".b, .os-b, a");
        const text = root.querySelector("p, dt");

        return { font: getComputedStyle(text).fontFamily,
                 theirs: getComputedStyle(document.body).fontFamily,
                 upper: getComputedStyle(text).textTransform,
                 box: button ? getComputedStyle(button).borderRadius : "",
                 ids: root.querySelectorAll("script").length };
    });

    ok(style.font === style.theirs, `${shop.name} ${kind}: the shop's font`,
       `${style.font} / ${style.theirs}`);
    ok(style.upper === "none" && style.ids === 0,
       `${shop.name} ${kind}: none of its rules, no script of ours`);

    for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 900 });

        const over = await page.evaluate(() => {
            const root = document.querySelector(".ordersave").shadowRoot;
            const width = document.documentElement.clientWidth;

            return [...root.querySelectorAll("*")].filter((e) =>
                e.getBoundingClientRect().right > width + 1)
                .map((e) => e.outerHTML.slice(0, 80)).join("\n");
        });

        ok(over === "", `${shop.name} ${kind} ${width}: nothing sticks out`,
           over);

        /* widths change nothing that axe looks at */
        if (width === 320) {
            await axe(page, `${shop.name} ${kind}`, { within: ".ordersave" });
        }

        for (const colorScheme of shots ? ["light", "dark"] : []) {
            await page.emulateMedia({ colorScheme });
            await page.screenshot({ fullPage: true,
                path: `${shots}/${shop.shape}-${kind}-${width}-${colorScheme}`
                      + ".png" });
        }

        await page.emulateMedia({ colorScheme: "light" });
    }

    await page.context().close();
}


/* A browser of before declarative shadow roots sees a link, and then all. */
async function old(browser, shop) {
    const page = await opened(browser, shop, {});

    await page.route((url) => url.href.startsWith(plan.site), async (route) => {
        if (route.request().resourceType() !== "document") {
            return route.continue();
        }

        const answer = await route.fetch({ maxRedirects: 0 });
        const body = await answer.text();

        return route.fulfill({ response: answer, body: body.replace(
            'shadowrootmode="closed"', "") });
    });

    await page.goto(plan.site + shop.lookup);

    const link = page.getByRole("link", { name: /without the shop/ });

    ok(await link.isVisible(), `${shop.name}: an old browser shows a link`);
    await page.unroute("**");
    await link.click();
    ok(await waitFor(() => page.locator("#ordersave-number").isVisible()),
       `${shop.name}: which leads to the plain page`);
    await page.context().close();
}


tests(async (browser) => {
    for (const shop of plan.shops) {
        await keyboard(browser, shop, {});
        await tracked(browser, shop);
        await looked(browser, shop, "offer", shop.look);
        await looked(browser, shop, "track", shop.track);
        await looked(browser, shop, "lookup", shop.lookup);
    }

    const [shop] = plan.shops;

    await keyboard(browser, { ...shop, cancel: shop.without },
                   { javaScriptEnabled: false });
    await old(browser, shop);
});
