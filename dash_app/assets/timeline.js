// The time line at the foot of the map: the screen as it was known at a past moment, and playing it. The moment stands in the
// address (?luc=2025-10-28T02:14+07:00), so that what the screen said then is a link.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const SPANS_H = [6, 24, 72, 168, 720];
    const STEPS = 288;
    const PLAY_MS = 900;
    let span = 24;
    let end = null;  // of the span, once a moment is shown that the last hours do not hold
    let playing = false;
    let spoken = null;
    let asked = null;  // what the viewer last asked for, until it is shown
    let pause = 0;

    const element = (...of) => ews.map.element(...of);
    const find = (name) => document.querySelector(`#timeline [data-part=${name}]`);
    const step = () => Math.max((span * 3600) / STEPS, 60);
    const wall = () => Math.floor(ews.clock.wall());

    const local = (seconds) => ews.moments.local(seconds);

    // The last hours, or the same span round a moment that lies further back; it stands still while the viewer slides in it.
    function range(here) {
        const now = wall();
        if (end === null || here > end || here < end - span * 3600) {
            end = here < now - span * 3600 ? Math.min(here + span * 1800, now) : null;
        }
        const last = end === null ? now : end;
        const first = ews.clock.first();
        return [Math.max(last - span * 3600, first === null ? 0 : Math.min(first, last - 600)), last];
    }

    function go(seconds) {
        if (seconds >= wall() - 30) { live(); return; }
        asked = seconds;
        find("moment").removeAttribute("aria-invalid");
        ews.travel(local(seconds) + "+07:00");
        place();
    }

    function live() {
        stop();
        asked = null;
        end = null;
        const field = find("moment");
        if (field) { field.removeAttribute("aria-invalid"); }
        ews.travel("");
        place();
    }

    function stop() {
        playing = false;
        clearTimeout(pause);
        word();
    }

    function current() {
        if (asked !== null) { return asked; }
        return ews.clock.past() ? ews.clock.shown() : wall();
    }

    // The next step waits until the last one is on the screen: a slow server plays slowly and skips nothing.
    function next() {
        clearTimeout(pause);
        if (!playing) { return; }
        pause = setTimeout(() => { if (playing && asked === null) { go(current() + step()); } else { next(); } }, PLAY_MS);
    }

    function play() {
        if (playing) { stop(); return; }
        playing = true;
        if (!ews.clock.past()) { go(range(wall())[0] + step()); }
        word();
        next();
    }

    function word() {
        const button = find("play");
        if (!button) { return; }
        button.textContent = playing ? "⏸" : "▶";
        button.title = playing ? ews.words.pause : ews.words.play;
        button.setAttribute("aria-label", button.title);
    }

    // Every paint comes by here: what stands already is not written again, and nothing is laid out for it.
    function set(node, property, value) {
        if (node[property] !== String(value)) { node[property] = value; }
    }

    function place() {
        const slider = find("slider");
        if (!slider) { return; }
        const here = current();
        const [low, high] = range(here);
        set(slider, "min", Math.min(low, here));
        set(slider, "max", high);
        if (document.activeElement !== slider || asked === null) { set(slider, "value", here); }
        const text = ews.clock.said(here);
        slider.setAttribute("aria-valuetext", text);
        set(find("time"), "textContent", text);
        set(find("from"), "textContent", ews.clock.said(Number(slider.min)));
        set(find("to"), "textContent", ews.clock.said(high));
        const field = find("moment");
        // What is being written stays, and so does what could not be read until another moment is chosen.
        if (document.activeElement !== field && field.getAttribute("aria-invalid") !== "true") { set(field, "value", written(here)); }
        find("link").hidden = !ews.clock.past() && asked === null;
    }

    function button(part, text, act) {
        const node = element("button", "", text);
        node.dataset.part = part;
        node.type = "button";
        node.addEventListener("click", act);
        return node;
    }

    function slider() {
        const node = element("input");
        Object.assign(node, { type: "range", step: 60 });
        node.dataset.part = "slider";
        node.setAttribute("aria-label", ews.words.timeline);
        let wait = 0;
        node.addEventListener("input", () => {
            stop();
            find("time").textContent = ews.clock.said(Number(node.value));
            clearTimeout(wait);
            wait = setTimeout(() => go(Number(node.value)), 180);
        });
        return node;
    }

    function spans() {
        const node = element("select");
        node.dataset.part = "span";
        node.setAttribute("aria-label", ews.words.span);
        SPANS_H.forEach((hours) => {
            const days = hours >= 48;
            const option = element("option", "", ews.clock.fill(days ? ews.words.days : ews.words.hours, { count: days ? hours / 24 : hours }));
            Object.assign(option, { value: hours, selected: hours === span });
            node.append(option);
        });
        node.addEventListener("change", () => {
            span = Number(node.value);
            end = null;
            place();
        });
        return node;
    }

    // 27/10/2025 05:00. The browser's own field writes a date as its country does, not as the readers do.
    function written(seconds) {
        const [day, time] = local(seconds).split("T");
        return `${day.split("-").reverse().join("/")} ${time}`;
    }

    // Seconds of what is written so, in Huế; NaN when it is no time.
    function read(text) {
        const found = /^\s*(\d{1,2})\/(\d{1,2})\/(\d{4})\s+(\d{1,2})[:h](\d{2})\s*$/.exec(text);
        if (!found) { return NaN; }
        const [, day, month, year, hour, minute] = found.map((part) => part.padStart(2, "0"));
        const seconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00+07:00`) / 1000;
        // 31/02 is no day, whatever month the browser makes of it.
        return Number.isFinite(seconds) && local(seconds).startsWith(`${year}-${month}-${day}`) ? seconds : NaN;
    }

    function moment() {
        const node = element("input");
        Object.assign(node, { type: "text", placeholder: ews.words.moment_form, autocomplete: "off", spellcheck: false });
        node.dataset.part = "moment";
        node.setAttribute("aria-label", `${ews.words.moment}, ${ews.words.moment_form}`);
        node.addEventListener("input", () => node.removeAttribute("aria-invalid"));
        node.addEventListener("change", () => {
            const seconds = read(node.value);
            node.setAttribute("aria-invalid", String(Number.isNaN(seconds)));
            if (!Number.isNaN(seconds)) { stop(); go(seconds); }
        });
        return node;
    }

    function part(name) {
        const node = element("span");
        node.dataset.part = name;
        return node;
    }

    async function copy() {
        await navigator.clipboard.writeText(location.href);
        find("link").textContent = ews.words.copied;
        setTimeout(() => { find("link").textContent = ews.words.link; }, 2000);
    }

    function build() {
        const holder = document.getElementById("timeline");
        if (!holder || !ews.words || spoken === ews.words.language) { return; }
        spoken = ews.words.language;
        holder.setAttribute("role", "group");
        holder.setAttribute("aria-label", ews.words.timeline);
        const parts = [
            button("play", "▶", play), part("time"), part("from"), slider(), part("to"), spans(), moment(),
            button("link", ews.words.link, copy),
        ];
        holder.replaceChildren(...parts);
        word();
    }

    // One line for the pages that look back, at the foot of the map or of the chart.
    function stand() {
        const slot = document.querySelector("main > section:not([hidden]) [data-timeline]");
        const line = document.getElementById("timeline");
        if (!slot || !line) { return; }
        if (line.parentNode !== slot) { slot.append(line); }
        line.hidden = !ews.looksBack();
    }

    // Called with every paint of such a page.
    function show() {
        stand();
        build();
        if (asked !== null && ews.clock.past() && Math.abs(ews.clock.shown() - asked) < 60) { asked = null; }
        place();
        next();
    }

    setInterval(() => { if (ews.words) { place(); } }, 20000);
    ews.timeline = { show: show, live: live };
}(window.ews));
