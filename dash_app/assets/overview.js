// The overview is sent part by part (dash_app/ledger.py): what is kept here, and who is told of which part.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const parts = new Map();
    let painted = "";

    function starting(start) {
        return [...parts.keys()].filter((name) => name.startsWith(start));
    }

    function take(changes) {
        const gone = changes.whole ? [...parts.keys()].filter((name) => !(name in changes.parts)) : changes.gone;
        gone.forEach((name) => parts.delete(name));
        Object.entries(changes.parts).forEach(([name, part]) => parts.set(name, part));
        return [...gone, ...Object.keys(changes.parts)];
    }

    // A list under the pointer keeps its order: nobody clicks on what has just slipped away.
    function order() {
        const wanted = parts.get("order") || [];
        const body = document.querySelector("#gauges tbody");
        if (!body || !body.matches(":hover")) { return wanted; }
        const here = [...body.children].map((row) => row.dataset.key).filter((key) => wanted.includes(key));
        return [...here, ...wanted.filter((key) => !here.includes(key))];
    }

    function list() {
        const frame = parts.get("html:gauges") || "";
        const rows = order().map((key) => parts.get("row:" + key)).join("");
        ews.put("gauges", frame.replace("<tbody></tbody>", () => "<tbody>" + rows + "</tbody>"));
    }

    // Only rows have changed, and all of them stand there.
    function rowsAlone(touched) {
        const keys = touched.filter((name) => name.startsWith("row:")).map((name) => name.slice(4));
        const rows = keys.map((key) => document.querySelector(`#gauges tbody tr[data-key="${CSS.escape(key)}"]`));
        if (!rows.every((row, k) => row && parts.has("row:" + keys[k]))) { list(); return; }
        rows.forEach((row, k) => ews.putRow(row, parts.get("row:" + keys[k])));
        document.getElementById("gauges").ewsHtml = null;  // what stands there is not what was put there as a whole
    }

    ews.overview = function (changes) {
        const touched = take(changes);
        const some = (start) => touched.some((name) => name.startsWith(start));
        const now = document.documentElement.lang;
        touched.filter((name) => name.startsWith("html:") && name !== "html:gauges" && parts.has(name))
            .forEach((name) => ews.put(name.slice(5), parts.get(name)));
        if (some("order") || some("html:gauges")) { list(); } else if (some("row:")) { rowsAlone(touched); }
        if (some("words") || now !== painted) { ews.words = parts.get("words"); }
        if (some("wards") || now !== painted) { ews.map.dressAll(parts.get("wards")); }
        painted = now;
        ews.map.make();
        const moved = ews.clock.set(parts.get("clocks"));
        const stations = changes.whole ? starting("station:") : touched.filter((name) => name.startsWith("station:"));
        ews.stations.take(stations, parts, changes.whole);
        ews.search.speak();
        ews.timeline.show();
        ews.layers.show();
        if (moved) { ews.stations.renew(); }
        ews.tracks.show();
    };
    document.addEventListener("mouseout", (event) => {
        if (event.target.closest && event.target.closest("#gauges tbody")) { setTimeout(list, 0); }
    });
}(window.ews));
