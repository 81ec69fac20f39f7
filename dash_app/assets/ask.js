// Asks for the overview: at once when the page opens, before Dash has begun, and when another is wanted; what changes later is
// pushed (assets/push.js). One question at a time.
// The last of these scripts (dash_app/bundles.py): when the answer comes, all that paint it are there but Leaflet, which is waited for.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const PATIENCE_MS = 60000;
    const LEGEND_MS = 3000;
    let seen = "";
    let standing = "";  // which overview is painted
    let asking = null;  // the question that has no answer yet
    let again = false;
    let last = "";
    const leaflet = new Promise((here) => { ews.leafletHere = here; });

    const here = () => /^\/+$/.test(location.pathname);
    const wanted = () => `${ews.language()} ${ews.moment()}`;

    async function answered(question) {
        // Of a past moment nothing new comes: who is back from another page wants it whole.
        const known = ews.moment() && standing !== wanted() ? "" : seen;
        const address = `/tong-quan.json?${new URLSearchParams({ lang: ews.language(), luc: ews.moment(), seen: known })}`;
        const early = ews.early || {};
        ews.early = null;
        const answer = await (early.address === address ? early.answer
            : fetch(address, { cache: "no-store", signal: question.stop.signal }));
        if (answer.status !== 200) { return; }
        const screen = await answer.json();
        await leaflet;
        // Whoever has gone elsewhere meanwhile is not shown what they asked before.
        if (question === asking && here() && wanted() === question.wanted && !isOlder(screen)) { paint(screen, question.wanted); }
    }

    function paint(screen, what) {
        seen = ews.paint(screen) || seen;
        standing = screen.changes ? what : "";
    }

    // Answers and pushes may overtake each other.
    function isOlder(screen) {
        const [ledger, number] = ((screen.changes || {}).seen || "").split(".");
        const [known, last] = seen.split(".");
        return ledger === known && Number(number) < Number(last);
    }

    const isNow = () => here() && !ews.moment() && standing === wanted();

    // Of the overview as it stands now the socket brings the changes; whoever shows anything else is told that there are some.
    ews.watched = () => (isNow() ? { lang: ews.language(), seen: seen } : {});
    ews.pushed = function (screen) {
        if (isNow() && screen.language === ews.language() && !isOlder(screen)) { paint(screen, standing); }
    };
    ews.newer = function (revision) {
        if (!here()) { ews.set("revision", revision); } else if (!ews.moment() && !isNow()) { ask(); }
    };

    function whenParsed(act) {
        if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", act); } else { act(); }
    }

    async function ask() {
        if (asking && asking.wanted === wanted()) {
            again = true;
            return;
        }
        if (asking) { asking.stop.abort(); }
        const question = { wanted: wanted(), stop: new AbortController() };
        const timer = setTimeout(() => question.stop.abort(), PATIENCE_MS);
        asking = question;
        try {
            await answered(question);
        } catch (error) {
            // The bar says that the server is away; what is no answer of a server is an error.
            if (!(error instanceof TypeError) && error.name !== "AbortError") { throw error; }
        } finally {
            clearTimeout(timer);
            whenParsed(ews.beginDash);
            setTimeout(ews.layers.keepLegend, LEGEND_MS);
        }
        if (question !== asking) { return; }
        asking = null;
        ews.push.tell();
        if (again) {
            again = false;
            ask();
        }
    }

    // Dash tells of its clock, of where the viewer goes, and of itself when it has begun; what was asked for already is not asked again.
    function tell(revision, tick) {
        const reason = here() ? `${revision || 0} ${tick || 0} ${wanted()}` : "";
        if (reason && reason !== last) { ask(); }
        last = reason;
        if (!here()) { standing = ""; }
        if (!asking) { ews.push.tell(); }
    }

    ews.overviewHere = here;
    ews.ask = tell;
    tell(0, 0);
}(window.ews));
