// The layers of the map: which stations each shows, by which symbol, with which number. Also what the viewer chose.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const SIZE = { river: 26, reservoir: 20, rain: 16, air: 26, wind: 22 };
    // What lies on top: a drop of rain never hides the number of a gauge.
    const RANK = { rain: 0, wind: 1000, air: 1000, reservoir: 2000, river: 3000 };
    const RAIN_KEYS = ["1", "3", "6", "12", "24", "48", "72", "0"];
    const WATER = ["river", "reservoir"];
    const KINDS = { level: WATER, rain: null, air: ["air"], wind: ["wind"], forecast: ["river"] };
    let layer = "state";
    let rain = "24";
    let hidden = new Set();

    function shows(p) {
        if (layer === "rain") { return Boolean(p.rain); }
        if (KINDS[layer]) { return KINDS[layer].includes(p.kind); }
        return layer === "age" || !hidden.has(p.kind);
    }

    function base(p) {
        const fresh = ews.clock.freshness(p);
        const blind = fresh === "silent" || fresh === "never";
        const direction = p.kind === "wind" && !blind ? p.direction : null;
        return { kind: p.kind, level: p.level, fresh: fresh, label: blind ? "" : p.label, note: "", name: p.name, direction: direction };
    }

    function rained(look, p) {
        const total = p.rain[RAIN_KEYS.indexOf(rain)];
        const blind = look.fresh === "silent" || look.fresh === "never";
        return Object.assign(look, { kind: "rain", level: total[1], label: blind ? "" : total[0] });
    }

    function expected(look, p) {
        if (!p.peak) { return Object.assign(look, { level: null, fresh: "never", label: "" }); }
        return Object.assign(look, { level: p.peak.level, label: p.peak.current ? p.peak.band : "", fresh: p.peak.current ? look.fresh : "silent" });
    }

    // What a station looks like in the layer that is chosen; null where it is not shown.
    function look(p) {
        if (!shows(p)) { return null; }
        let found = base(p);
        if (layer === "rain") { found = rained(found, p); }
        if (p.kind === "wind" && layer === "state") { found.label = ""; }
        if (layer === "forecast") { found = expected(found, p); }
        if (layer === "age") { Object.assign(found, { level: null, label: p.at === null ? "" : ews.clock.short(ews.clock.age(p)) }); }
        if (found.label && layer !== "age" && p.kind !== "air") { found.note = ews.clock.short(ews.clock.age(p)); }
        found.size = layer === "rain" ? 20 : SIZE[found.kind] || 20;
        found.rank = (RANK[found.kind] || 0) + (found.level || 0) * 100;
        return found;
    }

    function symbol(found) {
        return `/symbols/${found.kind}-${found.level === null ? "x" : found.level}-${found.fresh}.svg`;
    }

    function press(chip) {
        const on = chip.getAttribute("aria-pressed") !== "true";
        chip.setAttribute("aria-pressed", String(on));
        if (on) { hidden.delete(chip.dataset.kind); } else { hidden.add(chip.dataset.kind); }
        ews.stations.renew();
    }

    function show() {
        const panel = document.querySelector(".map-panel");
        if (panel) { panel.dataset.layer = layer; }
        ews.stations.draw();
    }

    function picked(event) {
        const pick = event.target.dataset && event.target.dataset.pick;
        if (!pick) { return; }
        if (pick === "layer") { layer = event.target.value; }
        if (pick === "rain") { rain = event.target.value; }
        ews.stations.renew();
        show();
    }

    // The symbols of the closed legend are fetched behind what is seen, and so that it can be opened with the network cut.
    function keepLegend() {
        document.querySelectorAll("#legend img").forEach((image) => { image.loading = "eager"; });
    }

    document.addEventListener("change", picked);
    ews.layers = { look: look, symbol: symbol, press: press, show: show, keepLegend: keepLegend };
}(window.ews));
