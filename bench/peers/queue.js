// One process of a peer's queue:
//
//     node queue.js bullmq|bee-queue JOBS SOCKET [SMTP_PORT]
//
// fills the queue, works it off, and prints how many a second and the CPU
// microseconds of each, between 10 and 90 % of them. Each job reads a record of
// an order, as ours do; with a port it is a mail, by nodemailer.
'use strict';

const [kind, total, socket, port] = [process.argv[2], +process.argv[3], process.argv[4], process.argv[5]];
const data = {text: 'x'.repeat(150)};
const concurrency = port ? 64 : 200;
const from = Math.floor(total * 0.1), to = Math.floor(total * 0.9);
let done = 0, start, finished;
const all = new Promise(resolve => { finished = resolve; });

function count() {
    done++;
    if (done === from) {
        start = {at: process.hrtime.bigint(), cpu: process.cpuUsage()};
    } else if (done === to) {
        const seconds = Number(process.hrtime.bigint() - start.at) / 1e9;
        const cpu = process.cpuUsage(start.cpu);
        console.log(JSON.stringify({per_s: (to - from) / seconds, cpu_us: (cpu.user + cpu.system) / (to - from)}));
    }
    if (done === total) {
        finished();
    }
}

const redis = new (require('ioredis'))({path: socket, enableAutoPipelining: true});

async function read() {
    const [order] = await redis.mget('bench:order', 'bench:decision');
    if (JSON.parse(order).id !== '1') {
        throw new Error('there is no order');
    }
}

let work = async () => { await read(); count(); };

if (port) {
    const transport = require('nodemailer').createTransport({
        host: '127.0.0.1', port: +port, secure: false, ignoreTLS: true,
        pool: true, maxConnections: 64, maxMessages: Infinity});
    const words = 'words of the customer '.repeat(25);
    work = async () => {
        await read();
        await transport.sendMail({from: 'Test Shop <shop@shop.test>', to: 'help@shop.test', subject: 'support_score 1',
            text: words, html: '<p>support_score of 1</p>'});
        count();
    };
}

async function bullmq() {
    const {Queue, Worker} = require('bullmq');
    const connection = {path: socket, maxRetriesPerRequest: null};
    const queue = new Queue('bench', {connection});
    for (let left = total; left > 0; left -= 1000) {
        await queue.addBulk(Array.from({length: Math.min(left, 1000)},
            () => ({name: 'job', data, opts: {removeOnComplete: true}})));
    }
    const worker = new Worker('bench', work, {connection, concurrency});
    worker.on('error', error => { console.error(error); process.exit(1); });
}

async function bee() {
    const Queue = require('bee-queue');
    const queue = new Queue('bench', {redis: {path: socket}, removeOnSuccess: true, sendEvents: false, getEvents: false});
    for (let left = total; left > 0; left -= 1000) {
        await queue.saveAll(Array.from({length: Math.min(left, 1000)}, () => queue.createJob(data)));
    }
    queue.process(100, work);
    queue.on('error', error => { console.error(error); process.exit(1); });
}

(kind === 'bullmq' ? bullmq() : bee()).then(() => all).then(() => process.exit(0));
