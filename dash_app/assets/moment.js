// The past moment that the address names, and what is said when it names none that can be shown.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const HUE_S = 7 * 3600;
    const FORM = /^(\d{4}-\d{2}-\d{2})(T(\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$/;
    let refused = "";  // what the address named

    // As dash_app/moments.py reads it: without an offset a time in Huế. NaN for what is no time, 31/02 too.
    function read(text) {
        const found = FORM.exec(text);
        if (!found) { return NaN; }
        const [, day, , time, seconds, offset] = found;
        const midnight = Date.parse(`${day}T00:00:00Z`);
        if (!Number.isFinite(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) { return NaN; }
        const zone = (offset || "+07:00").replace(/(\d{2})(\d{2})$/, "$1:$2");
        return Date.parse(`${day}T${time || "00:00"}${seconds || ":00"}${zone}`) / 1000;
    }

    // "" is now: of a moment that cannot be read or is still to come too, and then the page says so.
    function moment() {
        const named = new URLSearchParams(location.search.replaceAll("+", "%2B")).get("luc") || "";
        const seconds = read(named.replace(" ", "+"));
        refused = named && !(seconds < Date.now() / 1000) ? named : "";
        return refused ? "" : named;
    }

    // Called with every paint.
    function say() {
        moment();
        const note = document.getElementById("moment-note");
        const template = note && note.dataset[document.documentElement.lang];
        const text = refused && template ? ews.clock.fill(template, { moment: refused.slice(0, 40) }) : "";
        if (note && note.textContent !== text) {
            note.textContent = text;
            note.hidden = !text;
            ews.measure();
        }
    }

    // 2025-10-28T02:14, in Huế.
    function local(seconds) {
        return new Date((seconds + HUE_S) * 1000).toISOString().slice(0, 16);
    }

    ews.moment = moment;
    ews.moments = { say: say, local: local };
}(window.ews));
