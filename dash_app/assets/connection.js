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
    let signedOut = null;  // since when
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
        document.documentElement.dataset.blind = isBlind(kind) ? "yes" : "";
        if (bar) { write(bar, sentences(kind)); }
    }

    // While the page is blind nobody can sign in. Every other trouble is said before the session's end, which must not hide it.
    function sentences(kind) {
        const found = kind ? [sentence(kind, troubledSince)] : [];
        return signedOut && !isBlind(kind) ? [...found, sentence("session", signedOut), way()] : found;
    }

    // Only what differs is written: it is read aloud anew, and takes the focus from the link.
    function write(bar, parts) {
        const wanted = document.createElement("div");
        wanted.append(...parts.flatMap((part) => [part, " "]));
        if (bar.hidden === !parts.length && (bar.hidden || bar.innerHTML === wanted.innerHTML)) { return; }
        bar.hidden = !parts.length;
        bar.replaceChildren(...wanted.childNodes);
        ews.measure();
    }

    function isBlind(kind) { return kind === "server" || kind === "database"; }

    function sentence(kind, since) { return said(kind).replaceAll("{since}", clock(since, true)); }

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

    // With a timer of our own: AbortSignal.timeout is missing before Chrome 103 and Safari 16.
    async function patiently(address, read) {
        const stop = new AbortController();
        const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
        try {
            return await read(await fetch(address, { cache: "no-store", signal: stop.signal }));
        } finally {
            clearTimeout(timer);
        }
    }

    async function troubleIn(answer) {
        if (answer.status === 503) { return "database"; }
        if (!answer.ok) { return "server"; }
        const said = await answer.json();
        if (said.broker === "away") { return "broker"; }
        return said.late && said.late.length ? "scheduler" : null;
    }

    async function ask() {
        if (!navigator.onLine && !["localhost", "127.0.0.1"].includes(location.hostname)) { return "server"; }
        try {
            return await patiently("/healthz", troubleIn);
        } catch (error) {
            return "server";
        }
    }

    // A session that is over leads to the sign-in, and from there back; what is being written is not thrown away for it.
    async function known() {
        let over = Boolean(signedOut);
        try {
            over = await patiently("/toi", (answer) => answer.status === 401);
        } catch (error) { /* the bar says that the server is away */ }
        const changed = over !== Boolean(signedOut);
        if (changed) { signedOut = over ? new Date() : null; }
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
        if (mine > shown) { shown = mine; show(found); }
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
