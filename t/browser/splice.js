/*
 * Is what the splice says of a page true? parse5 reads the page before and
 * after: the only difference may be our element, and it must stand where the
 * anchor says. Speaks TAP.
 *
 *     node t/browser/splice.js DRIVER PAGES [--seed N] [--documents N]
 *
 * DRIVER is build/unit/splice_driver, PAGES a folder of pages. Documents are
 * made from a grammar: half of them as people write them, half of them soup.
 * A document that fails is printed with its seed, made as short as it will go.
 */

"use strict";

const { spawn } = require("child_process");
const fs = require("fs");
const path = require("path");

const parse5 = require("parse5");

const [driver, pages] = process.argv.slice(2);
const option = (name, other) => {
    const i = process.argv.indexOf("--" + name);
    return i > 0 ? Number(process.argv[i + 1]) : other;
};
const seed = option("seed", 1);
const count = option("documents", 20000);

const OURS = [
    "<div data-ours><p>a</p><a href=/x>b</a><ul><li>c</ul></div>",
    "<x-ours data-ours><template shadowrootmode=open><p>a</template></x-ours>",
];


/* Numbers that look random and are the same for a seed. */
function random(state) {
    let s = state >>> 0;

    return n => {
        s = s + 0x6D2B79F5 >>> 0;
        let t = Math.imul(s ^ s >>> 15, s | 1);
        t ^= t + Math.imul(t ^ t >>> 7, t | 61);
        return ((t ^ t >>> 14) >>> 0) % n;
    };
}


/* Documents */

const BLOCKS = ["div", "section", "main", "article", "header", "footer", "nav",
    "ul", "ol", "form", "fieldset", "blockquote", "h1", "h2", "dl", "figure",
    "details", "address", "center", "pre", "x-card"];
const INLINES = ["span", "b", "i", "a", "em", "strong", "label", "button",
    "small", "u", "font", "code", "nobr", "q", "x-icon"];
const VOIDS = ["br", "img", "input", "hr", "wbr", "meta", "link", "embed",
    "source", "col", "area", "image", "param", "track", "base"];
const TABLES = ["table", "tbody", "thead", "tfoot", "tr", "td", "th",
    "caption", "colgroup"];
const ITEMS = ["li", "dd", "dt", "p", "option", "optgroup", "rt", "rp", "rb"];
const RAWS = ["script", "style", "title", "textarea", "xmp", "iframe",
    "noembed", "noframes", "noscript"];
const OTHERS = ["svg", "math", "select", "template", "object", "marquee",
    "applet", "ruby", "body", "html", "head", "path", "g", "foreignObject",
    "desc", "mi", "mo", "mtext", "circle", "datalist", "p", "table", "mglyph",
    "malignmark", "frame", "form"];
const SCRIPTS = ["var a = '</body>';", "if (a < b && c > d) x();",
    "document.write('<div class=\\'x\\'>');", "<!-- </body> -->",
    "<!-- <script> </script> </body> -->", "<!--", "-->", "<!-- <script>",
    "</scrip", "</script-x>", "'</div>' + \"<p>\"", "<!", "<!-", "//<![CDATA[",
    "<", "</", "<\/script", "<!-- - -- <script >x</script >", "--", "->"];
const TEXTS = ["text", " ", "\n  ", "a < b", "1 <2", "& &amp; &lt;", "<>",
    "&#32;", "&#x20;b", "\ufeff", "</>", "< div>", "\u00e9\ud55c", "x=\"</body>\"", "--", "]]>", "</ body>",
    "<3", "'", "\"", "\0", "\r\n", "=", "<=", "it's"];
const MARKS = ["<!-- c -->", "<!---->", "<!-->", "<!--->", "<!-- </body> -->",
    "<!-- a -- b --!>", "<!--a--!b-->", "<!x>", "<?php </body> ?>",
    "</ body>", "<![CDATA[ <div> ]]>", "<!doctype html>", "<!DOCTYPE x '>'>",
    "<!-- <!-- -->", "<!--<div>--!>", "<!-", "<!", "<!--x", "<![CDATA[x]]",
    "<!-- - -->", "<!--- - --->", "<!->", "<!-->-->"];
const ATTRIBUTES = [" id=x", " class=\"x y\"", " class='y'", " title=\"</div>\"",
    " data-a='<b>'", " x", " =\"", " =\">\"", " class=x id='x'", " a=b/",
    " / ", " class = \"x\"", " CLASS=X", " a\"b='>'", " b=c=\"d>e\"",
    " a=\"1\"b=\"2\"", " class=\"x\" class=\"z\"", " id=\"&#120;\"", "/",
    " class=\"b x &amp; y\"", " class='[&amp;>i]:b x [&>i]'", " title='a &amp b'",
    " class=\"&eacute; x\"", " class='x &eacute;'", " id=&#120", " href='?a=b&c=d'",
    " class=\"[&>i] " + "w".repeat(300) + " x y\"", " a='\n' ", " data-j='{\"a\":\"</body>\"}'", " type=hidden", " disabled",
    "\tid=\"x\"\n", " a==\"x\"", " a= =\"x\"", " a='b'c", " a=\"b\"=\"c\""];

function pick(r, list) {
    return list[r(list.length)];
}

function tag(r, name, close) {
    const odd = r(12);
    const written = odd === 0 ? name.toUpperCase()
        : odd === 4 && r(20) === 0 ? name + "\0" : name;
    let out = (close ? "</" : "<") + written;

    /* longer than is kept of a tag */
    if (odd === 5 && r(40) === 0) {
        out += ` data-page='${"{<b>}".repeat(900)}'`;
    }

    for (let n = r(close ? 12 : 3) - (close ? 10 : 0); n > 0; n--) {
        out += pick(r, ATTRIBUTES);
    }

    if (odd === 1) {
        out += " ";
    } else if (odd === 2) {
        out += "/";
    } else if (odd === 3 && r(6) === 0) {
        return out;     /* never closed */
    }

    return out + ">";
}

function soup(r, n) {
    let out = "";
    const open = [];

    while (n-- > 0) {
        const kind = r(20);
        const lists = [BLOCKS, BLOCKS, BLOCKS, INLINES, INLINES, VOIDS, TABLES,
            ITEMS, RAWS, OTHERS];

        if (kind < 10) {
            const name = pick(r, lists[kind]);
            out += tag(r, name, false);
            open.push(name);
        } else if (kind < 14 && open.length) {
            out += tag(r, r(4) ? open.pop() : pick(r, open), true);
        } else if (kind === 14) {
            out += tag(r, pick(r, lists[r(10)]), true);
        } else if (kind === 15) {
            out += pick(r, MARKS);
        } else if (kind === 16) {
            out += pick(r, SCRIPTS);
        } else {
            out += pick(r, TEXTS);
        }
    }

    return out;
}

/* As people write, with an end tag left out now and then. */
function content(r, depth, where) {
    let out = "";

    for (let n = 1 + r(4); n > 0; n--) {
        const kind = r(14);
        const end = name => r(40) ? "</" + name + ">" : "";

        if (kind < 4 && depth > 0 && where !== "inline") {
            const name = pick(r, BLOCKS);
            out += tag(r, name, false)
                + (name === "ul" || name === "ol" ? items(r, depth - 1, "li")
                    : content(r, depth - 1,
                        name === "h1" || name === "pre" ? "inline" : "flow"))
                + end(name);
        } else if (kind === 4 && where !== "inline") {
            out += tag(r, "p", false) + content(r, 1, "inline")
                + (r(4) ? "</p>" : "");
        } else if (kind === 5 && depth > 0) {
            const name = pick(r, INLINES);
            out += tag(r, name, false) + content(r, depth - 1, "inline")
                + end(name);
        } else if (kind === 6) {
            out += tag(r, pick(r, VOIDS.slice(0, 4)), false);
        } else if (kind === 7) {
            const name = pick(r, RAWS);
            out += tag(r, name, false)
                + pick(r, name === "script" ? SCRIPTS : TEXTS)
                + "</" + name + ">";
        } else if (kind === 8 && depth > 0 && where !== "inline") {
            out += table(r, depth - 1);
        } else if (kind === 9) {
            out += pick(r, MARKS.slice(0, 6));
        } else if (kind === 10) {
            out += "<svg viewBox=\"0 0 1 1\"><title>t</title><path d=\"M0\"/>"
                + "<style>a > b {}</style><g></g></svg>";
        } else if (kind === 11) {
            out += "<select><option>a<option selected>b</option></select>";
        } else if (kind === 12 && depth > 0) {
            out += "<template>" + content(r, depth - 1, where) + "</template>";
        } else {
            out += pick(r, TEXTS.slice(0, 6));
        }
    }

    return out;
}

function items(r, depth, name) {
    let out = "\n";

    for (let n = 1 + r(3); n > 0; n--) {
        out += tag(r, name, false) + content(r, depth, "flow")
            + (r(3) ? "</" + name + ">\n" : "\n");
    }

    return out;
}

function table(r, depth) {
    let out = tag(r, "table", false) + (r(3) ? "" : "<caption>c</caption>")
        + (r(3) ? "<tbody>" : "");

    for (let n = 1 + r(3); n > 0; n--) {
        out += tag(r, "tr", false);

        for (let m = 1 + r(2); m > 0; m--) {
            const cell = r(2) ? "td" : "th";
            out += tag(r, cell, false) + content(r, depth, "flow")
                + (r(3) ? "</" + cell + ">" : "");
        }

        out += r(3) ? "</tr>\n" : "";
    }

    return out + "</table>";
}

function made(r) {
    const kind = r(6);

    if (kind === 0) {
        return soup(r, 1 + r(25));
    }

    return pick(r, ["<!doctype html>", "<!DOCTYPE HTML>\n", "",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\">",
        "\ufeff<!doctype html>", "\ufeff\ufeff<!doctype html>",
        "\n\ufeff<!doctype html>", "<!-- c --><!doctype html>"])
        + pick(r, ["<html>", "<html lang=en>\n", ""])
        + pick(r, ["<head><title>a</title></head>", "<title>b</body></title>",
            "<head><script>" + pick(r, SCRIPTS) + "</script><style></style>",
            "", "<head>\n<meta charset=utf-8>\n<noscript><p></noscript>"
            + "</head>\n", "text"])
        + pick(r, ["<body>", "<body class=\"x\">", "\n<body id=x>", ""])
        + (kind < 3 ? soup(r, 1 + r(20)) : content(r, 3, "flow"))
        + pick(r, ["</body></html>", "</body>\n</html>\n", "", "</html>",
            "</BODY >", "</body>text</body><div>", "</body><!-- c -->"])
        + (kind === 1 ? soup(r, r(6)) : "");
}


/* Trees */

function attribute(node, name) {
    const found = (node.attrs || []).find(a => a.name === name);
    return found ? found.value : null;
}

/* All elements that are in the document, in its order. */
function* elements(node, inert) {
    for (const child of node.childNodes || []) {
        if (child.tagName !== undefined) {
            yield child;
        }

        yield* elements(child);
    }
}

function is(node, selector) {
    const [name, ...parts] = selector.split(/(?=[.#[])/);
    const tagged = /^[.#[]/.test(name) ? "" : name;
    const wants = tagged ? parts : [name, ...parts];

    return (node.namespaceURI === parse5.html.NS.HTML
            || node.tagName === "svg" || node.tagName === "math")
        && (tagged === "" || node.tagName === tagged)
        && wants.every(w => w[0] === "#" ? attribute(node, "id") === w.slice(1)
            : w[0] === "." ? (attribute(node, "class") || "")
                .split(/[ \t\n\f\r]+/).includes(w.slice(1))
                : has(node, ...w.slice(1, -1).split("=")));
}

function has(node, name, value) {
    const found = attribute(node, name);
    return value === undefined ? found !== null : found === value;
}

function outline(node, out, skip) {
    let text = "";
    const flush = () => {
        if (text) {
            out.push("\"" + text);
            text = "";
        }
    };

    for (const child of node.childNodes || []) {
        if (skip && attribute(child, "data-ours") !== null) {
            continue;
        }

        if (child.nodeName === "#text") {
            text += child.value;
            continue;
        }

        flush();

        if (child.nodeName === "#comment") {
            out.push("!" + child.data);
        } else if (child.nodeName === "#documentType") {
            out.push("D" + child.name);
        } else {
            out.push("<" + child.namespaceURI + child.tagName
                + JSON.stringify(child.attrs));
            outline(child.content || child, out, skip);
            out.push(">");
        }
    }

    flush();
}

function tree(document, skip) {
    const out = [];
    outline(document, out, skip);
    return out.join("\n");
}

function element(node, step) {
    const all = node.parentNode.childNodes;
    return all[all.indexOf(node) + step];
}

/* What is wrong with a splice at an offset; null when it is right. */
function wrong(text, place, selector, at) {
    if (text.startsWith("\ufeff")) {
        /* whoever decodes bytes takes it away */
        text = text.slice(1);
        at--;
    }

    const before = parse5.parse(text);

    for (const ours of OURS) {
        const after = parse5.parse(text.slice(0, at) + ours + text.slice(at),
            { sourceCodeLocationInfo: true });

        if (tree(before, false) !== tree(after, true)) {
            return "it changes the tree";
        }

        const all = [...elements(after)];
        const found = all.filter(n => attribute(n, "data-ours") !== null);

        if (found.length !== 1) {
            return "it is " + found.length + " times in the document";
        }

        const us = found[0];

        /* the first as it is written: what comes later may be moved before */
        const start = n => n.sourceCodeLocation
            ? n.sourceCodeLocation.startOffset : -1;
        const first = all.filter(n => n !== us && is(n, selector)
                && !inert(n) && !within(n, us)
                && (n.sourceCodeLocation || selector === "body")
                && (!["html", "body"].includes(n.tagName) || !/[.#]/.test(selector)
                    || merged(n, selector) === false))
            .sort((a, b) => start(a) - start(b))[0];

        if (first === undefined) {
            return "there is no such element";
        }

        if (first.tagName === "body" && place === "append") {
            /* where </body> is, which may be in what was not closed */
            let node = us;

            while (node.parentNode && node.tagName !== "body") {
                node = node.parentNode;
            }

            if (node.tagName !== "body") {
                return "it is not in the body";
            }

            continue;
        }

        const siblings = us.parentNode.childNodes;

        const there = {
            /* what a table's start is followed by may be moved before it */
            before: () => element(us, 1) === first
                || (first.tagName === "table"
                    && siblings.indexOf(first) > siblings.indexOf(us)),
            after: () => element(us, -1) === first,
            prepend: () => first.childNodes[0] === us,
            append: () => first.childNodes.slice(-1)[0] === us,
        }[place]();

        if (!there) {
            return "it is elsewhere";
        }
    }

    return null;
}

/* Has <body> the attribute from a later tag? */
function merged(node, selector) {
    const has = (node.sourceCodeLocation || {}).attrs || {};
    return !(selector.startsWith(".") ? has.class : has.id);
}

function within(node, other) {
    for (let n = node; n; n = n.parentNode) {
        if (n === other) {
            return true;
        }
    }

    return false;
}

/* What no anchor names: inside <select> and foreign content. */
function inert(node) {
    for (let n = node.parentNode; n; n = n.parentNode) {
        if (n.tagName === "select"
            || (n.namespaceURI && n.namespaceURI !== parse5.html.NS.HTML))
        {
            return true;
        }
    }

    return false;
}


/* The driver, asked many questions at once. */
async function ask(questions) {
    const child = spawn(driver, [], { stdio: ["pipe", "pipe", "inherit"] });
    let out = "";

    child.stdout.on("data", data => { out += data.toString("latin1"); });

    for (const q of questions) {
        const bytes = Buffer.from(q.text, "utf8");
        child.stdin.write(`${bytes.length} ${q.cut} ${q.level} ${q.place} `
            + `${q.selector}\n`);
        child.stdin.write(bytes);
    }

    child.stdin.end();
    await new Promise(done => child.on("close", done));

    const lines = out.split("\n");
    lines.pop();

    if (lines.length !== questions.length) {
        throw new Error(`${lines.length} answers to ${questions.length}`);
    }

    return lines;
}

/* The answers in characters, not bytes. */
function characters(text, at) {
    return Buffer.from(text, "utf8").subarray(0, at).toString("utf8").length;
}

const WHERE = [["append", "body"], ["append", "body"], ["prepend", "body"],
    ["before", ".x"], ["append", ".x"], ["prepend", "#x"], ["after", "#x"],
    ["after", ".y"], ["before", "section"], ["append", "div"],
    ["after", "div"], ["before", "p"], ["prepend", "li"], ["append", "li"],
    ["before", "h1"], ["after", "table"], ["prepend", "td"], ["before", "form"],
    ["append", "form"], ["before", "x-card"], ["after", "p"], ["after", "img"],
    ["before", ".x.y"], ["after", ".x.b"], ["before", "[title]"],
    ["after", "ul"], ["before", "table"], ["append", "td"], ["before", "#x"]];

let tests = 0;
let failures = 0;

function ok(good, name, why) {
    tests++;
    failures += good ? 0 : 1;
    console.log(`${good ? "ok" : "not ok"} ${tests} - ${name}`);

    if (!good && why) {
        console.log(why.replace(/^/gm, "# "));
    }
}

async function shrink(text, place, selector) {
    const fails = async candidate => {
        const [at] = await ask([{ text: candidate, cut: 0, level: -1, place,
            selector }]);
        return /^\d+$/.test(at) && wrong(candidate, place, selector,
            characters(candidate, Number(at))) !== null;
    };

    for (let n = text.length >> 1; n > 0; n >>= 1) {
        for (let i = 0; i + n <= text.length; /* void */) {
            const candidate = text.slice(0, i) + text.slice(i + n);

            if (await fails(candidate)) {
                text = candidate;
            } else {
                i += n;
            }
        }
    }

    return text;
}

async function generated() {
    const questions = [];

    for (let i = 0; i < count; i++) {
        const r = random(seed * 1000003 + i);
        /* the quick way is taken only where there is more to come */
        const text = made(r) + (r(2) ? "<!-- " + "x".repeat(90) + " -->" : "");
        const [place, selector] = pick(r, WHERE);
        const cut = pick(r, [0, 1, 2, 3, 7, 64, 4500, -1 - r(1000)]);
        questions.push({ text, place, selector, cut: 0, level: -1, id: i });
        questions.push({ text, place, selector, cut, level: r(2), id: i });
    }

    const answers = await ask(questions);
    const bad = [];
    let met = 0, possible = 0, cuts = 0;

    for (let i = 0; i < questions.length; i += 2) {
        const { text, place, selector, cut, id } = questions[i];

        if (answers[i] !== answers[i + 1]) {
            cuts++;
            bad.push({ id, text, place, selector, why: `cut by ${questions[i + 1].cut}`
                + `: ${answers[i + 1]}, not ${answers[i]}` });
            continue;
        }

        if (!/^\d+$/.test(answers[i])) {
            continue;
        }

        met++;
        const why = wrong(text, place, selector,
            characters(text, Number(answers[i])));

        if (why) {
            bad.push({ id, text, place, selector, why });
        }
    }

    console.log(`# ${count} documents of seed ${seed}, ${met} of them spliced`);
    ok(bad.length === 0, `${count} documents, ${bad.length} wrong`);
    ok(met > count / 10, "and what can be spliced is");

    for (const { id, text, place, selector, why } of bad.slice(0, option("show", 3))) {
        const short = why.startsWith("cut") ? text
            : await shrink(text, place, selector);
        console.log(`# document ${id}, ${place} ${selector}: ${why}\n`
            + JSON.stringify(short).replace(/^/gm, "# "));
    }
}

async function files() {
    for (const name of fs.readdirSync(pages).filter(f => f.endsWith(".html")).sort()) {
        const whole = fs.readFileSync(path.join(pages, name), "utf8");
        const wants = [...whole.matchAll(/<!-- splice: (\w+) (\S+)( nowhere)? -->/g)];
        const text = whole;

        for (const [, place, selector, nowhere] of wants) {
            const [at] = await ask([{ text, cut: 0, level: -1, place, selector }]);
            const met = /^\d+$/.test(at);

            if (nowhere) {
                ok(!met, `${name}: ${place} ${selector} is nowhere sure`);
                continue;
            }

            ok(met, `${name}: ${place} ${selector} is met`, at);

            if (met) {
                const why = wrong(text, place, selector,
                    characters(text, Number(at)));
                ok(why === null, `${name}: and parse5 agrees`, why);
            }
        }
    }
}

(async () => {
    if (pages && fs.existsSync(pages)) {
        await files();
    }

    await generated();
    console.log(`1..${tests}`);
    process.exit(failures ? 1 : 0);
})();
