// Says when the page is blind: the server or its database cannot be reached, since when. Also the clock in the header
// and the two-second glow of a changed value.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const EVERY_MS = 4000;
    const STAY_MS = 15000;
    const PATIENCE_MS = 6000;
    // Until the server has spoken its words are not here.
    const WITHOUT_WORDS = {
        server: "Máy chủ không trả lời từ {since}. · The server has not answered since {since}.",
        database: "Cơ sở dữ liệu không trả lời từ {since}. · The database has not answered since {since}.",
        broker: "Không nối được với máy chủ MQTT ({since}). · The MQTT broker cannot be reached ({since}).",
        scheduler: "Bộ lập lịch hoặc tiếp nhận bị chậm ({since}). · Scheduler or ingest is late ({since}).",
    };
    let troubledSince = null;
    let trouble = null;
    let asked = 0;
    let shown = 0;

    const HUE_MS = 7 * 3600 * 1000;
    const GLOW_MS = 2000;
    const glowing = new WeakMap();  // when each ends

    // By hand: the browser's own formatter takes a tenth of a second to begin.
    function clock(date, seconds) {
        return new Date(date.getTime() + HUE_MS).toISOString().slice(11, seconds ? 19 : 16);
    }

    function show(kind) {
        const bar = document.getElementById("connection-bar");
        const returned = trouble === "server" && kind !== "server";
        if (kind !== trouble) {
            troubledSince = kind ? (trouble ? troubledSince : new Date()) : null;
            trouble = kind;
        }
        if (returned) { window.dispatchEvent(new Event("ews-returned")); }
        document.documentElement.dataset.blind = kind === "server" || kind === "database" ? "yes" : "";
        if (!bar) { return; }
        const moved = bar.hidden === Boolean(kind);
        bar.hidden = !kind;
        if (kind) {
            const words = document.querySelector("#bar-words span");
            const text = ((words && words.getAttribute("data-" + kind)) || WITHOUT_WORDS[kind]).replaceAll("{since}", clock(troubledSince, true));
            if (bar.textContent !== text) { bar.textContent = text; }
        }
        if (moved) { ews.measure(); }
    }

    async function ask() {
        if (!navigator.onLine && !["localhost", "127.0.0.1"].includes(location.hostname)) { return "server"; }
        const stop = new AbortController();
        const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
        try {
            const answer = await fetch("/healthz", { cache: "no-store", signal: stop.signal });
            if (answer.status === 503) { return "database"; }
            if (!answer.ok) { return "server"; }
            const said = await answer.json();
            if (said.broker === "away") { return "broker"; }
            return said.late && said.late.length ? "scheduler" : null;
        } catch (error) {
            return "server";
        } finally {
            clearTimeout(timer);
        }
    }

    // A session that is over leads to the sign-in, and from there back.
    async function known() {
        try {
            const answer = await fetch("/toi", { cache: "no-store" });
            if (answer.status === 401) { location.assign("/vao?sau=" + encodeURIComponent(location.pathname)); }
        } catch (error) { /* the bar says that the server is away */ }
    }

    async function stay() {
        await known();
        setTimeout(stay, STAY_MS);
    }

    // An answer that was asked for earlier than one already shown says what no longer holds.
    async function look() {
        const mine = asked += 1;
        const kind = await ask();
        if (mine > shown) { shown = mine; show(kind); }
    }

    async function watch() {
        await look();
        setTimeout(watch, EVERY_MS);
    }

    function tell() {
        const node = document.querySelector(".wall-clock");
        const text = clock(new Date(), false) + " +07:00";
        if (node && node.textContent !== text) { node.textContent = text; }
    }

    // A steady light and no animation: that would be painted sixty times a second by the thread that takes the next update.
    function glow(changes) {
        changes.forEach((change) => {
            const node = change.target.parentElement;
            const value = node && node.closest(".value");
            if (!value || change.oldValue === change.target.data) { return; }
            clearTimeout(glowing.get(value));
            value.classList.add("glow");
            glowing.set(value, setTimeout(() => value.classList.remove("glow"), GLOW_MS));
        });
    }

    window.addEventListener("offline", look);
    window.addEventListener("online", look);
    // A phone that was in a pocket asks at once.
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { known(); } });
    document.addEventListener("DOMContentLoaded", () => {
        watch();
        setTimeout(stay, STAY_MS);
        setInterval(tell, 1000);
        new MutationObserver(glow).observe(document.body, {
            subtree: true, characterData: true, characterDataOldValue: true,
        });
    });

    ews.connection = { ask: ask };
}(window.ews));
