// The warnings desk in the browser: forms become orders, grave ones open a sheet first and are held, answers are shown.
window.ews = window.ews || {};
window.dash_clientside = window.dash_clientside || {};

(function (ews, clientside) {
    "use strict";

    const ANSWER_MS = 15000;
    const PATIENCE_MS = 12000;  // after it an order is as good as lost: Dash tells nobody of one that failed on its way
    const TEXT_CHANGED = "alert.refused.text_changed";
    let number = 0;
    let holding = null;
    let hiding = 0;
    let flying = null;  // the order that is under way
    const queue = [];  // those after it
    const sent = new Map();  // orders by their number, until they are answered
    const waiting = new Set();  // forms that are not sent again before an answer, or none, has come
    const read = new WeakMap();  // what stood there when a form began to be written in, for those whose text replaces another

    function sheet() { return document.getElementById("desk-sheet"); }

    function tell(html, ok) {
        const place = document.getElementById("desk-said");
        place.innerHTML = html;
        place.className = ok ? "desk-said" : "desk-said refused";
        place.hidden = false;
        clearTimeout(hiding);
        if (ok) { hiding = setTimeout(() => { place.hidden = true; }, ANSWER_MS); }
    }

    // One after the other: of two that are under way at once Dash shows the answer of the later alone.
    function send(form) {
        if (waiting.has(form)) { return; }
        const order = Object.fromEntries(new FormData(form));
        order.do = form.dataset.plan || form.dataset.order;
        if (read.has(form)) { order.seen = read.get(form); }
        number += 1;
        waiting.add(form);
        mark(form);
        queue.push({ n: number, form: form, order: order, place: form.dataset.plan ? "desk-plan" : "desk-order" });
        next();
    }

    function next() {
        if (flying || !queue.length) { return; }
        const one = flying = queue.shift();
        sent.set(one.n, one);
        one.timer = setTimeout(() => unanswered(one), PATIENCE_MS);
        clientside.set_props(one.place, { data: { n: one.n, order: one.order } });
    }

    // Not `disabled`: that would take the focus from who works with the keyboard.
    function mark(form) {
        form.querySelectorAll("button").forEach((button) => {
            if (waiting.has(form)) { button.setAttribute("aria-disabled", "true"); } else { button.removeAttribute("aria-disabled"); }
        });
    }

    function over(one) {
        clearTimeout(one.timer);
        waiting.delete(one.form);
        mark(one.form);
        if (flying === one) {
            flying = null;
            setTimeout(next, 0);
        }
    }

    // Of an order only the audit knows whether it was done; a sheet that did not open has done nothing.
    async function unanswered(one) {
        const silence = one.place === "desk-plan" ? "unopened" : "silent";
        const why = await ews.connection.known() ? silence : "over";
        if (flying !== one) { return; }
        one.late = true;
        over(one);
        leave(one.form);
        tell(document.getElementById("desk-said").getAttribute(`data-${why}-${ews.language()}`), false);
    }

    // The sheet of another order, opened meanwhile, stays.
    function leave(form) {
        if (sheet().open && sheet().contains(form)) { sheet().close(); }
    }

    // An answer that comes later still is told and touches nothing: the form may be written in, or under way, anew.
    function taken(answer) {
        const one = sent.get(answer.n);
        sent.delete(answer.n);
        if (!one.late) {
            over(one);
            reread(one.form, answer);
        }
        return one;
    }

    // A repaint brings the newest number into the form; what was written in it answers the text that stood there before.
    function writes(event) {
        const form = event.target.closest && event.target.closest("form[data-order=edit]");
        if (form && !read.has(form)) { read.set(form, form.elements.namedItem("seen").value); }
    }

    // Refused because somebody else wrote: the new text is there to be read, and the next press is meant.
    // Refused for anything else, it still answers the text from before.
    function reread(form, answer) {
        const field = form.elements.namedItem("seen");
        const other = answer.why === TEXT_CHANGED && read.has(form) && read.get(form) !== field.value;
        if (answer.ok || other) { read.delete(form); }
    }

    function submitted(event) {
        const form = event.target.closest("form[data-order], form[data-plan]");
        if (!form) { return; }
        event.preventDefault();
        if (form.querySelector("[data-hold]")) { return; }  // held, never sent by Enter alone
        send(form);
    }

    function release() {
        if (!holding) { return; }
        clearTimeout(holding.timer);
        holding.button.classList.remove("holding");
        holding = null;
    }

    function hold(button) {
        if (holding || waiting.has(button.closest("form"))) { return; }
        const span = Number(button.dataset.hold);
        button.style.setProperty("--hold", `${span}ms`);
        button.classList.add("holding");
        const timer = setTimeout(() => { release(); send(button.closest("form")); }, span);
        holding = { button: button, timer: timer };
    }

    function pressed(event) {
        const button = event.target.closest && event.target.closest("[data-hold]");
        if (button && !event.button) { hold(button); }
    }

    function key(event) {
        const button = document.activeElement && document.activeElement.closest("[data-hold]");
        if (button && (event.key === "Enter" || event.key === " ")) {
            event.preventDefault();
            hold(button);
            return;
        }
        walk(event);
    }

    // Arrow keys lead from card to card: up and down within a column, left and right between them.
    function walk(event) {
        const card = document.activeElement && document.activeElement.closest(".desk-link");
        if (!card || !event.key.startsWith("Arrow")) { return; }
        const columns = [...document.querySelectorAll(".desk-column")].map((c) => [...c.querySelectorAll(".desk-link")]);
        const x = columns.findIndex((links) => links.includes(card));
        const y = columns[x].indexOf(card);
        let next = null;
        if (event.key === "ArrowDown") { next = columns[x][y + 1]; }
        if (event.key === "ArrowUp") { next = columns[x][y - 1]; }
        if (event.key === "ArrowRight") { next = columns.slice(x + 1).map((links) => links[0]).find(Boolean); }
        if (event.key === "ArrowLeft") { next = columns.slice(0, x).reverse().map((links) => links[0]).find(Boolean); }
        if (next) {
            event.preventDefault();
            next.focus();
        }
    }

    function show(html) {
        ews.put("desk-sheet", html);
        if (!sheet().open) { sheet().showModal(); }
        const button = sheet().querySelector("[data-desk=leave]");
        if (button) { button.focus(); }
    }

    clientside.desk = {
        sheet: function (answer) {
            if (!answer || !sent.has(answer.n)) { return clientside.no_update; }
            const one = taken(answer);
            if (!answer.ok) { tell(answer.html, false); } else if (!one.late) { show(answer.html); }
            return clientside.no_update;
        },
        answered: function (answer) {
            if (!answer || !sent.has(answer.n)) { return clientside.no_update; }
            const one = taken(answer);
            if (!one.late) { leave(one.form); }
            tell(answer.html, answer.ok);
            if (answer.ok && !one.late && one.form.isConnected) { one.form.reset(); }
            return clientside.no_update;
        },
    };

    document.addEventListener("submit", submitted);
    document.addEventListener("input", writes);
    document.addEventListener("pointerdown", pressed);
    document.addEventListener("keydown", key);
    ["pointerup", "pointercancel", "keyup", "blur"].forEach((name) => window.addEventListener(name, release));
    document.addEventListener("pointerout", (event) => { if (holding && !holding.button.contains(event.relatedTarget)) { release(); } });
    document.addEventListener("click", (event) => {
        if (event.target.closest && event.target.closest("[data-desk=leave]")) { sheet().close(); }
    });
}(window.ews, window.dash_clientside));
