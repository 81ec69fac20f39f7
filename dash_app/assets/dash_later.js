// Dash begins when there is something to see: its scripts lie in a template (dash_app/index_page.py) until then.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const PATIENCE_MS = 8000;
    const AGAIN_MS = 3000;
    let begun = false;

    // Fetched together, run in their order, each after the one before has run; what stands in the page waits for them.
    async function begin() {
        if (begun) { return; }
        begun = true;
        const kept = [...document.getElementById("dash-later").content.querySelectorAll("script")];
        kept.filter((script) => script.src).forEach(fetchEarly);
        for (const script of kept) { await run(script); }
    }

    function fetchEarly(script) {
        const hint = document.createElement("link");
        Object.assign(hint, { rel: "preload", as: "script", href: script.src });
        document.head.append(hint);
    }

    // One that does not come, because the network is cut in that moment, is asked for until it does: the page stays as it is.
    async function run(kept) {
        while (!await came(kept)) { await new Promise((later) => { setTimeout(later, AGAIN_MS); }); }
    }

    function came(kept) {
        const script = document.createElement("script");
        [...kept.attributes].forEach((attribute) => script.setAttribute(attribute.name, attribute.value));
        script.textContent = kept.textContent;
        script.async = false;
        script.dataset.later = "";
        return new Promise((done) => {
            if (!kept.src) { done(true); }
            script.addEventListener("load", () => done(true));
            script.addEventListener("error", () => {
                script.remove();
                done(false);
            });
            document.body.append(script);
        });
    }

    // The overview is painted without Dash, or its answer is long in coming; every other page waits for Dash.
    ews.beginDash = begin;
    setTimeout(begin, PATIENCE_MS);
    document.addEventListener("DOMContentLoaded", () => { if (!ews.overviewHere()) { begin(); } });
}(window.ews));
