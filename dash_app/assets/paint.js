// Puts the server's HTML in place: only what differs is touched, so that focus, scroll, open folds and the pointer stay.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const ROOT = document.documentElement;
    const SCRIPTS_OWN = ["hidden", "aria-disabled"];  // what scripts set on nodes that the server draws without it

    // What the viewer opens or presses stays as it is.
    function keptBy(node) {
        if (node.nodeName === "DETAILS") { return ["open"]; }
        const named = node.getAttribute("data-kept");
        return named ? [named] : [];
    }

    function keyOf(node) {
        return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
    }

    function alike(one, other) {
        return one.nodeType === other.nodeType && one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
    }

    function attributes(from, to) {
        const kept = keptBy(from);
        [...to.attributes].forEach((a) => {
            if (!kept.includes(a.name) && from.getAttribute(a.name) !== a.value) { from.setAttribute(a.name, a.value); }
        });
        [...from.attributes].forEach((a) => {
            if (!kept.includes(a.name) && !to.hasAttribute(a.name) && !SCRIPTS_OWN.includes(a.name)) { from.removeAttribute(a.name); }
        });
    }

    // What is gone goes first: what stands behind it need not be moved, which would take the focus from it.
    function children(from, to) {
        const wantedKeys = new Set([...to.childNodes].map(keyOf));
        const keyed = new Map();
        [...from.childNodes].filter(keyOf).forEach((node) => {
            if (wantedKeys.has(keyOf(node))) { keyed.set(keyOf(node), node); } else { node.remove(); }
        });
        let here = from.firstChild;
        [...to.childNodes].forEach((wanted) => {
            const known = keyOf(wanted) && keyed.get(keyOf(wanted));
            if (known && known !== here) {
                from.insertBefore(known, here);
                here = known;
            }
            if (here && alike(here, wanted)) {
                morph(here, wanted);
                here = here.nextSibling;
            } else {
                from.insertBefore(wanted, here);
            }
        });
        while (here) {
            const next = here.nextSibling;
            from.removeChild(here);
            here = next;
        }
    }

    function morph(from, to) {
        if (from.nodeType !== Node.ELEMENT_NODE) {
            if (from.nodeValue !== to.nodeValue) { from.nodeValue = to.nodeValue; }
            return;
        }
        attributes(from, to);
        if (!from.hasAttribute("data-own")) { children(from, to); }  // what is in it the browser writes
    }

    function put(id, html) {
        const place = document.getElementById(id);
        if (!place || place.ewsHtml === html) { return false; }
        const wanted = document.createElement("template");
        wanted.innerHTML = html;
        children(place, wanted.content);
        place.ewsHtml = html;
        return true;
    }

    // One row of a table in its place: a list of forty need not be read anew for one.
    function putRow(row, html) {
        const wanted = document.createElement("template");
        wanted.innerHTML = html;
        morph(row, wanted.content.firstElementChild);
    }

    function show(place) {
        const sections = [...document.querySelectorAll("main > section")];
        const hidden = sections.find((section) => section.dataset.place === place && section.hidden);
        sections.forEach((section) => { section.hidden = section.dataset.place !== place; });
        if (hidden) {
            window.scrollTo(0, 0);
            window.dispatchEvent(new Event("resize"));
        }
        return Boolean(hidden);
    }

    // A bar across the top must not push the foot of a full-height page out of sight.
    function measure() {
        const main = document.getElementById("main");
        if (main) { ROOT.style.setProperty("--above", `${Math.round(main.getBoundingClientRect().top + scrollY)}px`); }
    }

    ews.paint = function (screen) {
        if (!screen) { return null; }
        const past = screen.past ? "yes" : "";
        if (ROOT.dataset.past !== past) { ROOT.dataset.past = past; }
        if (ROOT.lang !== screen.language) { ROOT.lang = screen.language; }
        const painted = Object.entries(screen.html).filter(([id, html]) => put(id, html));
        const moved = show(screen.place);  // before the map is made: it takes the size of its place
        const changes = screen.changes;
        if (changes) { ews.overview(changes); }
        if (screen.clocks) {
            ews.words = screen.words;
            ews.clock.set(screen.clocks);
            ews.timeline.show();
        }
        if (screen.title) { document.title = screen.title; }
        ews.moments.say();
        // To measure is to lay out: only where something above may have moved.
        if (moved || painted.length) { measure(); }
        return changes ? changes.seen : screen.paper || null;
    };
    ews.put = put;
    ews.putRow = putRow;
    ews.measure = measure;
    window.addEventListener("resize", measure);
}(window.ews));
