/*
 * Looks at the rendered pages and mails in a browser: every state, language,
 * width and colour scheme. Speaks TAP.
 *
 *     build/unit/test_templates build/pages
 *     node t/browser/pages.js build/pages [--shots FOLDER]
 *
 * The pages are served with the Content-Security-Policy that the module sends
 * and, but for axe, without JavaScript.
 */

"use strict";

const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const parse5 = require("parse5");

const { TAGS, axe, ok, tests } = require("./lib.js");

const ORIGIN = "http://pages.test/";
const PICTURE = "<svg xmlns='http://www.w3.org/2000/svg' width='48' height='48'>"
    + "<rect width='48' height='48' fill='#b58a63'/></svg>";

const folder = process.argv[2];
const shots = process.argv[3] === "--shots" ? process.argv[4] : null;
const full = Boolean(process.env.ORDERSAVE_FULL) || shots !== null;


function policy(html) {
    const style = /<style>([^]*?)<\/style>/.exec(html);
    const hash = crypto.createHash("sha256").update(style ? style[1] : "")
        .digest("base64");

    return "default-src 'none'; img-src 'self' data:; base-uri 'none'; "
        + `frame-ancestors 'none'; style-src 'sha256-${hash}'`;
}


async function context(browser, options) {
    const made = await browser.newContext(options);

    await made.route("**/*", (route) => {
        const name = new URL(route.request().url()).pathname.slice(1);
        const file = path.join(folder, path.basename(name));

        if (name.endsWith(".svg")) {
            return route.fulfill({ contentType: "image/svg+xml",
                                   body: PICTURE });
        }

        if (!fs.existsSync(file)) {
            return route.fulfill({ status: 404, body: "" });
        }

        const body = fs.readFileSync(file, "utf8");

        return route.fulfill({
            body, contentType: "text/html; charset=utf-8",
            headers: isMail(name) ? {}
                : { "Content-Security-Policy": policy(body) },
        });
    });

    return made;
}


function localeOf(name) {
    return /\.([A-Za-z-]+)\.html$/.exec(name)[1];
}


/*
 * The pages that are looked at. Marks, roles and styles are those of the
 * templates, and only the words differ: so every page in English, and in one
 * other language, each in its turn. With --full in all.
 */
function seenOf(files) {
    const kindOf = (file) => file.replace(/\.[A-Za-z-]+\.html$/, "");
    const others = new Map();

    for (const file of files.filter((name) => localeOf(name) !== "en")) {
        others.set(kindOf(file), [...others.get(kindOf(file)) || [], file]);
    }

    const turn = [...others.values()].map((of, i) => of[i % of.length]);

    return files.filter((file) => full || localeOf(file) === "en"
                                  || turn.includes(file));
}


function isMail(name) {
    return /\.html\.[A-Za-z-]+\.html$/.test(name);
}


/* Faults of the markup that a strict HTML5 parser sees. */
function checkMarkup(name, html) {
    const faults = [];

    parse5.parse(html, {
        sourceCodeLocationInfo: true,
        onParseError: (e) => faults.push(`${e.startLine}: ${e.code}`),
    });

    ok(faults.length === 0, `${name}: well-formed HTML`, faults.join("\n"));
}


async function overflow(page) {
    return page.evaluate(() => {
        const width = document.documentElement.clientWidth;
        const wide = [...document.querySelectorAll("body *")].filter((e) => {
            const box = e.getBoundingClientRect();
            return box.width > 0 && (box.right > width + 1 || box.left < -1);
        });

        return { scroll: document.documentElement.scrollWidth - width,
                 wide: wide.map((e) => e.outerHTML.slice(0, 120)) };
    });
}


/* Buttons and links that are not part of a line of text need 24 by 24. */
async function tooSmall(page) {
    return page.evaluate(() =>
        [...document.querySelectorAll("button, input, .b, ul.k a, header a")]
            .filter((e) => e.offsetParent !== null && !e.hidden)
            .map((e) => [e, e.getBoundingClientRect()])
            .filter(([e, box]) => box.width && (box.width < 20
                                                || box.height < 20))
            .map(([e, box]) => `${box.width}x${box.height} ${e.outerHTML}`));
}


/* With twelve things bought "cancel anyway" is still on the first screen. */
async function firstScreen(page, name, cancel) {
    await page.evaluate(() => {
        const list = document.querySelector("ul.i");

        while (list && list.children.length < 12) {
            list.append(list.children[0].cloneNode(true));
        }
    });

    const was = page.viewportSize();

    for (const [width, height] of [[375, 667], [740, 360], [320, 480]]) {
        await page.setViewportSize({ width, height });
        await page.evaluate(() => window.scrollTo(0, 0));

        const box = await cancel.boundingBox();

        ok(box && box.y >= 0 && box.y + box.height <= height,
           `${name}: it is on the first screen of ${width} by ${height}`,
           JSON.stringify(box));
    }

    ok(await page.locator(".x a").first().isVisible(),
       `${name}: so is the way to keep the order, before any reason`);
    await page.setViewportSize(was);
}


async function checkOffer(page, name) {
    const radios = page.locator("input[name=ordersave_reason]");
    const cancel = page.locator("button[value=cancel]");

    const style = (locator) => locator.evaluate((e) => {
        const s = getComputedStyle(e);
        return [s.fontSize, s.fontWeight, s.color, s.backgroundColor,
                s.minHeight, s.borderTopWidth, s.borderTopColor].join(" ");
    });

    ok(await cancel.isVisible() && await cancel.evaluate((e) => {
        const box = e.getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight;
    }), `${name}: cancelling is in sight`);

    ok(await page.locator(".p:visible").count() === 0,
       `${name}: no offer is shown before a reason`);

    const n = await radios.count();

    for (let i = 0; i < n; i++) {
        await radios.nth(i).check();

        if (await page.locator(".p:visible").count() !== 1) {
            ok(false, `${name}: one reason's panel at a time`);
            return;
        }
    }

    await firstScreen(page, name, cancel);

    ok(n === 11, `${name}: each reason shows its own panel`);
    ok(await page.locator("#comment-other").isVisible(), `${name}: other has words`);

    await radios.nth(1).check();

    const accept = page.locator("button[value^='accept:']:visible").first();

    if (await accept.count()) {
        ok(await style(accept) === await style(cancel),
           `${name}: keeping and cancelling look alike`,
           `${await style(accept)}\n${await style(cancel)}`);
    }

    /* Enter in a radio button must decide nothing: what is asked for next is
     * what we ask for ourselves. */
    const asked = [];
    const note = (request) => {
        if (request.isNavigationRequest()) {
            asked.push(`${request.method()} ${request.url()}`);
        }
    };

    page.on("request", note);
    await radios.nth(1).focus();
    await page.keyboard.press("Enter");
    await page.evaluate(() => 0).catch(() => 0);
    await page.reload().catch(() => 0);
    page.off("request", note);
    ok(asked.length === 1, `${name}: Enter decides nothing`, asked.join("\n"));
    await radios.nth(1).check();
}


/*
 * Words of one script, and numbers of orders, that stand on two lines, though a
 * line would hold them.
 */
const cutWords = (page) => page.evaluate(() => {
    const found = [];
    const isCut = (node, at, word) => {
        const range = document.createRange();

        range.setStart(node, at);
        range.setEnd(node, at + word.length);

        return new Set([...range.getClientRects()]
                       .map((r) => Math.round(r.top))).size > 1;
    };
    const walker = document.createTreeWalker(document.body,
                                             NodeFilter.SHOW_TEXT);

    for (let node; (node = walker.nextNode());) {
        const box = node.parentElement.getBoundingClientRect();

        if (box.width === 0 || node.parentElement.closest("style, script")) {
            continue;
        }

        for (const number of node.data.matchAll(/LL-4711|\u00d7\s\d+/g)) {
            if (isCut(node, number.index, number[0])) {
                found.push(number[0]);
            }
        }

        if (node.parentElement.closest("a, bdi")) {
            continue;
        }

        for (const word of node.data.matchAll(/[\w\u00c0-\u024f]+/g)) {
            if (!/^[A-Za-z\u00c0-\u024f]{4,20}$/.test(word[0])) {
                continue;               /* a machine's word */
            }

            if (isCut(node, word.index, word[0])) {
                found.push(word[0]);
            }
        }
    }

    return found;
});


/* One file at one width in one colour scheme. */
async function checkFile(file, look) {
    const { page, refused, width, colorScheme } = look;
    const mail = isMail(file);
    const name = `${file} ${width} ${colorScheme}`;

    refused.length = 0;
    await page.goto(ORIGIN + file);

    const found = await overflow(page);
    ok(found.scroll <= 0 && found.wide.length === 0,
       `${name}: nothing is wider than the screen`, found.wide.join("\n"));

    const cut = await cutWords(page);
    ok(cut.length === 0, `${name}: no word is cut inside`, cut.join("\n"));

    if (!mail) {
        const small = await tooSmall(page);
        ok(small.length === 0, `${name}: large enough to hit`,
           small.join("\n"));
        ok(refused.length === 0, `${name}: within its own policy`,
           refused.join("\n"));
    }

    /* what it does is the same at any width; with --full at each */
    if (!mail && file.startsWith("offer_") && (full || width === 320)) {
        await checkOffer(page, name);
    }

    if (shots) {
        await page.screenshot({
            path: path.join(shots, `${file}.${width}.${colorScheme}.png`),
            fullPage: true,
        });
    }

    /* words differ, but not what axe looks at: with --full in all languages */
    if (width < 1000 && (full || localeOf(file) === "en")) {
        await checkAccess(file, look);
    }
}


/* Widths change nothing that axe looks at, landmarks are a page's affair. */
async function checkAccess(file, look) {
    const { checked } = look;

    await checked.setContent(fs.readFileSync(path.join(folder, file), "utf8"));

    const reasons = checked.locator("input[name=ordersave_reason]");

    if (await reasons.count() > 1) {
        await reasons.nth(1).check();
    }

    /* at its end nothing lies behind what sticks to the screen */
    await checked.evaluate(() => scrollTo(0, document.body.scrollHeight));

    /* Colours are the same in every language. */
    await axe(checked, file, { ...(isMail(file) ? { tags: TAGS } : {}),
                               dark: full || localeOf(file) === "en" });
}


/* A window without JavaScript, and one that axe may run in. */
async function openLook(browser, width, colorScheme) {
    const options = { viewport: { width, height: 780 }, colorScheme };
    const plain = await context(browser,
        { ...options, javaScriptEnabled: false });
    const open = await context(browser, { ...options, bypassCSP: true });
    const look = { width, colorScheme, refused: [],
                   page: await plain.newPage(),
                   checked: await open.newPage() };

    await look.checked.goto(`${ORIGIN}none`);

    look.page.on("console", (m) => {
        if (/Content Security Policy/.test(m.text())) {
            look.refused.push(m.text());
        }
    });

    return look;
}


/* Takes from the work what is next, until there is none. */
async function lane(browser, work) {
    const looks = {};

    while (work.length) {
        const [file, width, scheme] = work.shift();
        const name = `${width} ${scheme}`;

        looks[name] = looks[name] || await openLook(browser, width, scheme);
        await checkFile(file, looks[name]);
    }
}


tests(async (browser) => {
    const wanted = process.env.PAGES ? new RegExp(process.env.PAGES) : /./;
    const files = fs.readdirSync(folder)
        .filter((f) => f.endsWith(".html") && wanted.test(f)).sort();

    const seen = new Set(seenOf(files));

    ok(seen.size > 0, `${seen.size} of ${files.length} files to look at`);

    for (const file of [...seen].filter((f) => !isMail(f))) {
        checkMarkup(file, fs.readFileSync(path.join(folder, file), "utf8"));
    }

    if (shots) {
        fs.mkdirSync(shots, { recursive: true });
    }

    /* All looks in one language, the narrow one in the others and of mails. */
    const work = [];

    for (const [width, scheme] of [[320, "light"], [1280, "light"],
                                   [375, "light"], [320, "dark"],
                                   [375, "dark"], [1280, "dark"]])
    {
        work.push(...files.filter((file) => shots
            || (scheme === "light" && width !== 375 && seen.has(file)
                && (width === 320
                    || (localeOf(file) === "en" && !isMail(file)))))
            .map((file) => [file, width, scheme]));
    }

    await Promise.all([lane(browser, work), lane(browser, work)]);
});
