// Functions of the map's layers. Everything they show arrives in the data; they compute nothing but looks.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    function element(tag, className, text) {
        const node = document.createElement(tag);
        if (className) { node.className = className; }
        if (text) { node.textContent = text; }
        return node;
    }

    // Of labels that would lie on each other the more serious one stays.
    function separate() {
        const labels = [...document.querySelectorAll("#map .mark-label")].slice(0, 400);
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
        known = map;
        ["mousedown", "wheel", "touchstart", "keydown"].forEach((kind) => {
            place.addEventListener(kind, () => { touched = true; }, { capture: true, passive: true });
        });
        map.on("zoomend moveend resize", () => { ews.stations.draw(); declutter(); });
        ews.stations.draw();
        ews.tracks.show();
        new ResizeObserver(() => {
            if (!place.clientWidth) { return; }
            map.invalidateSize({ pan: false });
            if (!touched) { map.fitBounds(whole, { animate: false }); }
        }).observe(place);
    }

    let known = null;
    let waiting = 0;

    function declutter() {
        cancelAnimationFrame(waiting);
        waiting = requestAnimationFrame(separate);
    }

    function colour(name) {
        return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    }

    // Wards by code as they arrive, and what is known of them: whichever comes first waits for the other.
    const layers = {};
    let warned = {};

    function dress(layer) {
        const p = layer.feature.properties;
        const found = warned[p.code];
        const kind = found ? (found.forecast ? "ward-forecast" : "ward-warned") : "ward-calm";
        layer.setStyle({
            fillColor: found ? found.fill : "#000", fillOpacity: found ? (found.forecast ? 0.14 : 0.42) : 0,
            color: found ? (found.forecast ? found.fill : colour("--ink")) : colour("--ward-line"),
            weight: found ? (found.forecast ? 2 : 1.5) : 1, dashArray: found && found.forecast ? "5 4" : null,
        });
        const node = layer.getElement();
        if (node) { node.setAttribute("class", `ward ${kind} leaflet-interactive`); }
        const box = element("div", "tip");
        box.appendChild(element("strong", "", wardName(p)));
        if (found) { box.appendChild(element("div", "", found.text)); }
        layer.setTooltipContent(box);
    }

    function ward(feature, layer) {
        layers[feature.properties.code] = layer;
        layer.bindTooltip("", { sticky: true, className: "ews-tip", opacity: 1 });
        layer.on("add", () => dress(layer));
    }

    function wardName(p) {
        return document.documentElement.lang === "en" ? p.full_name_en : p.full_name_vi;
    }

    function dressAll(wards) {
        if (wards) { warned = wards; }
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
        const marker = L.marker(latlng, { icon: icon, interactive: false, keyboard: false, zIndexOffset: -1000 });
        // The names come with the page: by them the scripts learn of the map.
        marker.on("add", () => { if (known !== marker._map) { know(marker._map); } });
        return marker;
    }

    ews.map = {
        element: element,
        leaflet: () => known,
        declutter: declutter,
        wards: () => Object.values(layers),
        wardName: wardName,
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
