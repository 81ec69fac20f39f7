// Dash begins when there is something to see: its scripts lie in a template (dash_app/index_page.py) until then.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const PATIENCE_MS = 8000;
    let begun = false;

    // In their order: those with an address are fetched together and run one after the other; what stands in the page waits for them.
    async function begin() {
        if (begun) { return; }
        begun = true;
        let last = Promise.resolve();
        for (const kept of document.getElementById("dash-later").content.querySelectorAll("script")) {
            if (!kept.src) { await last; }
            last = run(kept);
        }
    }

    function run(kept) {
        const script = document.createElement("script");
        [...kept.attributes].forEach((attribute) => script.setAttribute(attribute.name, attribute.value));
        script.textContent = kept.textContent;
        script.async = false;
        return new Promise((done) => {
            if (!kept.src) { done(); }
            script.addEventListener("load", done);
            document.body.append(script);
        });
    }

    // The overview is painted without Dash, or its answer is long in coming; every other page waits for Dash.
    ews.beginDash = begin;
    setTimeout(begin, PATIENCE_MS);
    document.addEventListener("DOMContentLoaded", () => { if (!ews.overviewHere()) { begin(); } });
}(window.ews));
