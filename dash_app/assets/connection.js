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
        session: "Phiên làm việc đã hết (từ {since}). · You are signed out (since {since}).",
        enter: "Đăng nhập · Sign in",
    };
    const WRITTEN = "form[data-order] textarea, form[data-plan] textarea, form[data-order] input[type=text], form[data-plan] input[type=text]";
    let troubledSince = null;
    let trouble = null;
    let signedOut = false;
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
            const text = said(kind).replaceAll("{since}", clock(troubledSince, true));
            if (bar.firstChild === null || bar.firstChild.textContent !== text) {
                bar.replaceChildren(text, ...(kind === "session" ? [" ", way()] : []));
            }
        }
        if (moved) { ews.measure(); }
    }

    function said(kind) {
        const words = document.querySelector("#bar-words span");
        return (words && words.getAttribute("data-" + kind)) || WITHOUT_WORDS[kind];
    }

    // To the sign-in, and from there back to what is shown: its moment and its language with it.
    function entrance() { return "/vao?sau=" + encodeURIComponent(location.pathname + location.search); }

    function way() {
        const link = document.createElement("a");
        Object.assign(link, { href: entrance(), target: "_blank", rel: "noopener", textContent: said("enter") });
        return link;
    }

    // Whether somebody has begun to write an order that is not sent.
    function writing() {
        return [...document.querySelectorAll(WRITTEN)].some((field) => field.value !== field.defaultValue);
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

    // A session that is over leads to the sign-in, and from there back; what is being written is not thrown away for it.
    async function known() {
        let over = signedOut;
        try {
            const answer = await fetch("/toi", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
            over = answer.status === 401;
        } catch (error) { /* the bar says that the server is away */ }
        const changed = over !== signedOut;
        signedOut = over;
        if (over && !writing()) { location.assign(entrance()); } else if (changed) { look(); }
        return !over;
    }

    async function stay() {
        await known();
        setTimeout(stay, STAY_MS);
    }

    // An answer that was asked for earlier than one already shown says what no longer holds.
    async function look() {
        const mine = asked += 1;
        const found = await ask();
        const kind = signedOut && found !== "server" && found !== "database" ? "session" : found;
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

    ews.connection = { ask: ask, known: known };
}(window.ews));
