// The warnings desk in the browser: forms become orders, grave ones open a sheet first and are held, answers are shown.
window.ews = window.ews || {};
window.dash_clientside = window.dash_clientside || {};

(function (ews, clientside) {
    "use strict";

    const ANSWER_MS = 15000;
    let number = 0;
    let holding = null;
    let hiding = 0;
    const sent = new Map();  // forms by the number of their order, until it is answered

    function sheet() { return document.getElementById("desk-sheet"); }

    function tell(html, ok) {
        const place = document.getElementById("desk-said");
        place.innerHTML = html;
        place.className = ok ? "desk-said" : "desk-said refused";
        place.hidden = false;
        clearTimeout(hiding);
        if (ok) { hiding = setTimeout(() => { place.hidden = true; }, ANSWER_MS); }
    }

    function send(form) {
        const order = Object.fromEntries(new FormData(form));
        const planned = form.dataset.plan;
        order.do = planned || form.dataset.order;
        number += 1;
        sent.set(number, form);
        clientside.set_props(planned ? "desk-plan" : "desk-order", { data: { n: number, order: order } });
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
        if (holding) { return; }
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

    clientside.desk = {
        sheet: function (answer) {
            if (!answer || !sent.has(answer.n)) { return clientside.no_update; }
            sent.delete(answer.n);
            if (!answer.ok) {
                tell(answer.html, false);
                return clientside.no_update;
            }
            ews.put("desk-sheet", answer.html);
            if (!sheet().open) { sheet().showModal(); }
            const button = sheet().querySelector("[data-desk=leave]");
            if (button) { button.focus(); }
            return clientside.no_update;
        },
        answered: function (answer) {
            if (!answer || !sent.has(answer.n)) { return clientside.no_update; }
            const form = sent.get(answer.n);
            sent.delete(answer.n);
            if (sheet().open) { sheet().close(); }
            tell(answer.html, answer.ok);
            if (answer.ok && form.isConnected) { form.reset(); }
            return clientside.no_update;
        },
    };

    document.addEventListener("submit", submitted);
    document.addEventListener("pointerdown", pressed);
    document.addEventListener("keydown", key);
    ["pointerup", "pointercancel", "keyup", "blur"].forEach((name) => window.addEventListener(name, release));
    document.addEventListener("pointerout", (event) => { if (holding && !holding.button.contains(event.relatedTarget)) { release(); } });
    document.addEventListener("click", (event) => {
        if (event.target.closest && event.target.closest("[data-desk=leave]")) { sheet().close(); }
    });
}(window.ews, window.dash_clientside));
