// Functions of the map's layers. Everything they show arrives in the data; they compute nothing but looks.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const SIZE = { river: 26, reservoir: 20, rain: 16, air: 26, wind: 22 };

    function element(tag, className, text) {
        const node = document.createElement(tag);
        if (className) { node.className = className; }
        if (text) { node.textContent = text; }
        return node;
    }

    function symbol(p) {
        const box = element("div", `mark mark-${p.kind} fresh-${p.fresh} mark-level-${p.level}`);
        const image = element("img");
        image.src = p.symbol;
        image.alt = "";
        if (p.kind === "wind" && p.direction !== null) { image.style.transform = `rotate(${p.direction}deg)`; }
        box.appendChild(image);
        if (p.label) {
            const label = element("span", "mark-label", p.label);
            label.dataset.rank = (p.kind === "air" ? -1 : p.level) + (p.kind === "river" ? 0.5 : 0);
            box.appendChild(label);
        }
        return box;
    }

    function tooltip(p) {
        const box = element("div", "tip");
        box.appendChild(element("strong", "", p.name));
        p.lines.forEach((line) => box.appendChild(element("div", "", line)));
        return box;
    }

    function choose(id) {
        window.dash_clientside.set_props("selected", { data: id });
    }

    // Markers are replaced at every update: the one that had the focus or an open tooltip gets it again.
    let focused = null;
    let pointed = null;
    document.addEventListener("focusin", (event) => { focused = event.target.dataset.station || null; });

    function resume(marker, node, p) {
        if (focused === p.id && document.activeElement === document.body) { node.focus({ preventScroll: true }); }
        if (pointed === p.id) { marker.openTooltip(); }
    }

    function named(marker, p) {
        const node = marker.getElement();
        if (node) {
            node.setAttribute("aria-label", `${p.name}: ${p.lines[0]}`);
            node.dataset.station = p.id;
            node.addEventListener("keydown", (event) => { if (event.key === "Enter") { choose(p.id); } });
            resume(marker, node, p);
        }
    }

    // Of labels that would lie on each other the more serious one stays.
    function separate() {
        const labels = [...document.querySelectorAll("#map .mark-label")];
        const rank = (label) => Number(label.dataset.rank);
        const placed = [];
        labels.sort((a, b) => rank(b) - rank(a)).forEach((label) => {
            const box = label.getBoundingClientRect();
            const hit = placed.some((other) => box.left < other.right && other.left < box.right
                && box.top < other.bottom && other.top < box.bottom);
            label.classList.toggle("covered", hit);
            if (!hit) { placed.push(box); }
        });
    }

    // The map may be made before its place has its size: until the viewer touches it, it keeps showing the whole city.
    function know(map) {
        const place = map.getContainer();
        const whole = JSON.parse(document.getElementById("map-holder").dataset.bounds);
        let touched = false;
        map.ewsKnown = true;
        ["mousedown", "wheel", "touchstart", "keydown"].forEach((kind) => {
            place.addEventListener(kind, () => { touched = true; }, { capture: true, passive: true });
        });
        map.on("zoomend resize", () => declutter(map));
        new ResizeObserver(() => {
            if (!place.clientWidth) { return; }
            map.invalidateSize({ pan: false });
            if (!touched) { map.fitBounds(whole, { animate: false }); }
        }).observe(place);
    }

    let waiting = 0;

    function declutter(map) {
        if (map && !map.ewsKnown) { know(map); }
        cancelAnimationFrame(waiting);
        waiting = requestAnimationFrame(separate);
    }

    function station(feature, latlng, context) {
        const p = feature.properties;
        const size = SIZE[p.kind] || 20;
        const chosen = context.hideout && context.hideout.selected === p.id;
        const icon = L.divIcon({
            html: symbol(p), className: chosen ? "marker chosen-marker" : "marker", iconSize: [size, size],
        });
        const rank = { rain: 0, wind: 200, air: 200, reservoir: 400, river: 600 }[p.kind] || 0;
        const marker = L.marker(latlng, { icon: icon, keyboard: true, zIndexOffset: rank + p.level * 1000 });
        marker.bindTooltip(tooltip(p), { direction: "top", offset: [0, -size / 2], opacity: 1, className: "ews-tip" });
        marker.on("click", () => choose(p.id));
        marker.on("mouseover", () => { pointed = p.id; });
        marker.on("mouseout", () => { pointed = null; });
        marker.on("add", () => { named(marker, p); declutter(marker._map); });
        return marker;
    }

    function shown(feature, context) {
        const kinds = context && context.hideout && context.hideout.kinds;
        return !kinds || kinds.includes(feature.properties.kind);
    }

    function colour(name) {
        return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    }

    // Wards by code as they arrive, and what is known of them: whichever comes first waits for the other.
    const layers = {};
    let known = { wards: {}, language: "vi" };

    function dress(layer) {
        const p = layer.feature.properties;
        const found = known.wards[p.code];
        const kind = found ? (found.forecast ? "ward-forecast" : "ward-warned") : "ward-calm";
        layer.setStyle({
            fillColor: found ? found.fill : "#000", fillOpacity: found ? (found.forecast ? 0.14 : 0.42) : 0,
            color: found ? (found.forecast ? found.fill : colour("--ink")) : colour("--ward-line"),
            weight: found ? (found.forecast ? 2 : 1.5) : 1, dashArray: found && found.forecast ? "5 4" : null,
        });
        const node = layer.getElement();
        if (node) { node.setAttribute("class", `ward ${kind} leaflet-interactive`); }
        const box = element("div", "tip");
        box.appendChild(element("strong", "", known.language === "en" ? p.full_name_en : p.full_name_vi));
        if (found) { box.appendChild(element("div", "", found.text)); }
        layer.setTooltipContent(box);
    }

    function ward(feature, layer) {
        layers[feature.properties.code] = layer;
        layer.bindTooltip("", { sticky: true, className: "ews-tip", opacity: 1 });
        layer.on("add", () => dress(layer));
    }

    function dressAll(wards) {
        if (wards) { known = wards; }
        Object.values(layers).forEach(dress);
    }

    function placeLabel(feature, latlng) {
        const box = element("span", "place-label");
        ["vi", "en"].forEach((language) => {
            const text = element("span", "", feature.properties[language]);
            text.lang = language;
            box.appendChild(text);
        });
        const icon = L.divIcon({ html: box, className: "marker", iconSize: [0, 0] });
        return L.marker(latlng, { icon: icon, interactive: false, keyboard: false, zIndexOffset: -1000 });
    }

    ews.map = {
        station: station,
        shown: shown,
        ward: ward,
        calm: () => ({ className: "ward ward-calm", weight: 1, fillOpacity: 0 }),
        dressAll: dressAll,
        placeLabel: placeLabel,
        city: () => ({ className: "city", weight: 2, fillOpacity: 1 }),
        river: (feature) => ({
            className: feature.properties.schematic ? "river river-schematic" : "river", weight: 2.2, fill: false,
        }),
        coast: () => ({ className: "coast", weight: 1, fill: false }),
    };
}(window.ews));
