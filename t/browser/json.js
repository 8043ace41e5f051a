/*
 * What core/base/os_json_outside makes of a text, against JSON.parse():
 *
 *     node json.js DRIVER [--seed N] [--texts N]
 *
 * DRIVER is build/unit/json_driver. Texts are made, some are spoilt. Both take
 * the same texts, and read the same out of them but for what is changed on
 * purpose: NUL and lone surrogates are U+FFFD, numbers that are none of 64 bits
 * are texts.
 */

'use strict';

const { spawnSync } = require('child_process');

const options = { seed: 1, texts: 20000 };
const [driver, ...rest] = process.argv.slice(2);

for (let i = 0; i < rest.length; i += 2) {
    options[rest[i].slice(2)] = Number(rest[i + 1]);
}

let state = options.seed;

function roll(n) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state >>> 8) / 16777216 * n);
}

const pick = (list) => list[roll(list.length)];

const strings = ['""', '"a"', '"\\u0000"', '"x\\u0000\\u0000y"', '"\\ud83d"',
    '"\\ude00"', '"\\ud83d\\ude00"', '"\\ud83d\\ud83d\\ude00"', '"é😀"',
    '"\\ud800\\u0041"', '"\\"\\\\u0000"', '"\\udc00\\ud800"', '"\\ud83d\\\\"',
    '"id"', '"b"', '"\\/\\b\\f\\n\\r\\t"'];
const numbers = ['0', '-1', '12.5', '1e2', '9223372036854775807',
    '9223372036854775808', '-9223372036854775809', '1e999', '-1E+400',
    '1e-400', '123456789012345678901234567890', '1234567890123456789.5', '-0'];

function make(depth) {
    const kind = depth === 0 ? roll(3) : roll(6);

    if (kind === 0) {
        return pick(strings);
    }
    if (kind === 1) {
        return pick(numbers);
    }
    if (kind === 2) {
        return pick(['true', 'false', 'null']);
    }

    const parts = [];
    const space = pick(['', '', ' ', '\n\t']);

    for (let n = roll(5); n > 0; n--) {
        parts.push((kind < 5 ? pick(strings) + space + ':' : '')
                   + space + make(depth - 1));
    }
    return kind < 5 ? '{' + parts.join(',' + space) + space + '}'
        : '[' + parts.join(space + ',') + ']';
}

function spoil(text) {
    const at = roll(text.length + 1);

    return pick([
        () => text.slice(0, at) + text.slice(at + 1),
        () => text.slice(0, at) + pick(['"', '\\', ',', '}', ']', '0', 'u',
            '\u0001', 'e', '.', '-', ' ', '\\u0000', '\ufeff']) + text.slice(at),
        () => text.slice(0, at),
        () => text + text,
    ])();
}

const whole = (text) => text.replace(
    /[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]|\u0000/g,
    (c) => c.length === 2 ? c : '\ufffd');

/* theirs, as ours should be; a number that became a text is compared as one */
function same(theirs, ours) {
    if (typeof theirs === 'number' && typeof ours === 'string') {
        const n = Number(ours);
        return Object.is(n, theirs)
               && (!Number.isFinite(n) || Math.abs(n) >= 2 ** 63);
    }
    if (typeof theirs === 'string') {
        return ours === whole(theirs);
    }
    if (Array.isArray(theirs)) {
        return Array.isArray(ours) && ours.length === theirs.length
               && theirs.every((value, i) => same(value, ours[i]));
    }
    if (theirs && typeof theirs === 'object') {
        const wanted = new Map();

        for (const key of Object.keys(theirs)) {
            wanted.set(whole(key), (wanted.get(whole(key)) || [])
                .concat([theirs[key]]));
        }
        return ours && typeof ours === 'object' && !Array.isArray(ours)
               && Object.keys(ours).length === wanted.size
               && Object.keys(ours).every((key) => wanted.has(key)
                   && wanted.get(key).some((value) => same(value, ours[key])));
    }
    return Object.is(theirs, ours);
}

const texts = [];

for (let i = 0; i < options.texts; i++) {
    let text = make(roll(5));

    for (let n = roll(3); n > 1; n--) {
        text = spoil(text);
    }
    texts.push(Buffer.from(text));
}

const input = Buffer.concat(texts.flatMap(
    (text) => [Buffer.from(text.length + '\n'), text]));
const run = spawnSync(driver, { input, maxBuffer: 1 << 30 });

if (run.status !== 0) {
    console.log('not ok - the driver: ' + run.stderr);
    process.exit(1);
}

let at = 0, taken = 0, refused = 0, changed = 0, faults = 0;

for (const text of texts) {
    const end = run.stdout.indexOf('\n', at);
    const len = Number(run.stdout.subarray(at, end));
    let theirs, theyTake = true, ours = null;

    at = end + 1;

    try {
        theirs = JSON.parse(text.toString().replace(/^\ufeff/, ''));
    } catch (e) {
        theyTake = false;
    }

    if (len >= 0) {
        ours = run.stdout.subarray(at, at + len);
        at += len;
        changed += !ours.equals(text);
        taken++;
    } else {
        refused++;
    }

    if ((len >= 0) !== theyTake
        || (theyTake && !same(theirs, JSON.parse(ours.toString()))))
    {
        if (faults++ < 5) {
            console.log('# ' + text + '\n# ours: ' + ours);
        }
    }
}

console.log(`# ${taken} taken, ${changed} of them changed; ${refused} refused`);
console.log((faults || changed < options.texts / 10
             || refused < options.texts / 20 ? 'not ok' : 'ok')
            + ' 1 - seed ' + options.seed);
process.exit(faults ? 1 : 0);
