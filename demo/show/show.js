/*
 * The live state, once a second, and the buttons that stay on this page.
 * Without it the forms do the same, by themselves.
 */

"use strict";

(function () {
    const $ = (id) => document.getElementById(id);

    let was = {};


    /* A node is only touched when it says something new. */
    function text(id, value) {
        if ($(id).textContent !== value) {
            $(id).textContent = value;
        }
    }


    function list(id, items, none) {
        const now = JSON.stringify(items);

        if (was[id] === now) {
            return;
        }

        was[id] = now;
        $(id).replaceChildren(...(items.length ? items : [null]).map((item) => {
            const li = document.createElement("li");

            if (!item) {
                li.className = "none";
                li.textContent = none;
                return li;
            }

            for (const [kind, words] of item) {
                li.append(Object.assign(document.createElement(kind),
                                        { textContent: words }));
            }

            return li;
        }));
    }


    function money(value, currency) {
        return new Intl.NumberFormat("en", { style: "currency", currency })
            .format(value);
    }


    function store(order) {
        const now = money(order.total, order.currency);
        const node = $("store");
        const key = JSON.stringify([order.id, order.status, order.total,
                                    order.paid, order.refunded]);

        if (was.store === key) {
            return;
        }

        was.store = key;
        node.replaceChildren(`order ${order.id}: ${order.status}, ${now} `);

        if (Number(order.total) !== Number(order.before)) {
            node.append(Object.assign(document.createElement("s"), {
                textContent: money(order.before, order.currency) }), " ");
        }

        node.append(order.paid ? "paid" : "not paid");

        if (order.refunded) {
            node.append(`, ${money(order.refunded, order.currency)} paid back`);
        }
    }


    function seconds(n) {
        if (n <= 0) {
            return "now";
        }

        return n < 120 ? `in ${n} s`
            : n < 7200 ? `in ${Math.round(n / 60)} min`
            : n < 172800 ? `in ${Math.round(n / 3600)} h`
            : `in ${Math.round(n / 86400)} days`;
    }


    function due(jobs) {
        const name = { smtp: "mail", sms: "SMS", store: "at the store" };

        return jobs.map((job) => `${name[job.channel] || job.channel} “`
                + `${job.purpose}” ${seconds(job.in)}`).join(", ") || "none";
    }


    /* What happened is there soon; nobody's page is turned while in use. */
    function office(key) {
        const frame = document.querySelector(".office iframe");

        if (was.office !== undefined && was.office !== key
            && document.activeElement !== frame)
        {
            setTimeout(() => frame.contentWindow.location.reload(), 1000);
        }

        was.office = key;
    }


    function show(state) {
        const order = state.order;

        text("redis", state.redis ? "Redis runs" : "Redis is stopped");
        $("redis").classList.toggle("off", !state.redis);
        $("stop").setAttribute("aria-disabled", String(!state.redis));
        $("start").setAttribute("aria-disabled", String(state.redis));
        $("day").setAttribute("aria-disabled", String(!state.redis));
        $("cancel").setAttribute("aria-disabled", String(!order));

        for (const button of document.querySelectorAll("[action=parcel] button")) {
            button.setAttribute("aria-disabled",
                                String(!order || !state.redis));
        }

        text("day", state.days ? `+1 day (${state.days} passed)` : "+1 day");
        text("spool", state.spool ? "events for Redis" : "nothing");
        list("log", state.log.map((line) =>
            [["span", `${line.request} ${line.status}`],
             ["b", line.outcome]]), "No request that ordersave watched.");

        if (!order) {
            list("events", [], "Nothing yet: order something.");
            return;
        }

        const last = order.events[order.events.length - 1];

        text("cancel", `Cancel order ${order.id}`);
        text("said", `Order ${order.id}: ${last ? last.text : order.status}.`);
        store(order);
        text("decision", order.decision);
        text("due", due(order.due));
        office(order.events.length + order.id);
        list("events", order.events.map((event) =>
            [["time", event.at], ["span", event.text]]), "Nothing yet.");
    }


    async function look() {
        try {
            const answer = await fetch("state", { cache: "no-store" });

            if (!answer.ok) {
                throw new Error(answer.status);
            }

            show(await answer.json());
        } catch {
            text("said", "The demo does not answer. Was it stopped?");
        }
    }


    /* What changes nothing in the shop's tab needs no new page. */
    async function press(form, button) {
        const body = new URLSearchParams();

        if (button.name) {
            body.set(button.name, button.value);
        }

        button.setAttribute("aria-busy", "true");

        try {
            await fetch(form.action, {
                method: "POST", body, headers: { Accept: "application/json" },
            });
        } finally {
            button.removeAttribute("aria-busy");
        }

        await look();
    }


    document.addEventListener("submit", (event) => {
        const button = event.submitter;

        if (button && button.getAttribute("aria-disabled") === "true") {
            event.preventDefault();

        } else if (event.target.hasAttribute("data-quiet") && button) {
            event.preventDefault();
            press(event.target, button);
        }
    });

    (async function every() {
        await look();
        setTimeout(every, 1000);
    })();
})();
