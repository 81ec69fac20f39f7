// Stands in the page itself (dash_app/index_page.py): a script or style that did not come leaves a page that cannot mend itself.
// It says so, and loads the page again once the server answers.
(function () {
    "use strict";

    const EVERY_MS = 3000;
    let lost = false;

    async function look() {
        try {
            if ((await fetch("/healthz", { cache: "no-store" })).status) {
                location.reload();
                return;
            }
        } catch (error) { /* still cut */ }
        setTimeout(look, EVERY_MS);
    }

    function say() {
        const bar = document.getElementById("connection-bar");
        bar.textContent = bar.dataset.lost;
        bar.hidden = false;
    }

    document.addEventListener("error", (event) => {
        const node = event.target;
        if (lost || !node.matches || !node.matches("script[src], link[rel=stylesheet]") || "later" in node.dataset) { return; }
        lost = true;
        setTimeout(look, EVERY_MS);
        if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", say); } else { say(); }
    }, true);
}());
