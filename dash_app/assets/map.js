// The map: its base from files of this server, wards coloured by what the data say. It computes nothing but looks.
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
        // All are measured before any is changed: else each change has the page laid out for the next measure.
        const found = labels.sort((a, b) => rank(b) - rank(a)).map((label) => [label, label.getBoundingClientRect()]);
        found.forEach(([label, box]) => {
            const hit = placed.some((other) => box.left < other.right && other.left < box.right
                && box.top < other.bottom && other.top < box.bottom);
            label.classList.toggle("covered", hit);
            if (!hit) { placed.push(box); }
        });
    }

    const SHAPES = ["city", "wards", "rivers", "coast"];
    // Shapes arrive in any order; panes keep them above or below each other all the same.
    const PANES = { city: 310, wards: 320, water: 330 };

    function options(name) {
        if (name === "wards") { return { pane: "ews-wards", style: ews.map.calm, onEachFeature: ward }; }
        const style = { city: ews.map.city, rivers: ews.map.river, coast: ews.map.coast }[name];
        return { pane: name === "city" ? "ews-city" : "ews-water", style: style, interactive: false };
    }

    const shapes = new Map();  // what of the base has been asked for, by name

    // The base is asked for before anything is known of the stations; again what could not be read.
    function fetchShapes() {
        const lacking = SHAPES.filter((name) => !shapes.has(name));
        lacking.forEach((name) => shapes.set(name, shape(name)));
        return lacking;
    }

    async function shape(name) {
        try {
            const answer = await fetch(`/geo/${name}.geojson`);
            return answer.ok ? await answer.json() : null;
        } catch (error) {
            return null;  // the bar says that the server is away; the next paint asks again
        }
    }

    async function lay(map, name) {
        const found = await shapes.get(name);
        if (found) { L.geoJSON(found, options(name)).addTo(map); } else { shapes.delete(name); }
    }

    // Leaflet takes an owner's name for markup.
    function textOnly(words) {
        const holder = document.createElement("span");
        holder.textContent = words || "";
        return holder.innerHTML;
    }

    // Once, when the overview is first shown; then it stays where the viewer moves it.
    function make() {
        const place = document.getElementById("map");
        if (known) { fetchShapes().forEach((name) => lay(known, name)); }
        if (known || !place || !place.clientWidth) { return; }
        const tiles = place.dataset.tiles;
        const map = L.map(place, {
            zoomControl: false, attributionControl: Boolean(tiles), trackResize: false,
            zoomSnap: 0.25, zoomDelta: 0.5, minZoom: 8, maxZoom: 17,
        });
        known = map;
        map.fitBounds(JSON.parse(place.dataset.bounds), { animate: false });
        if (tiles) { L.tileLayer(tiles, { attribution: textOnly(place.dataset.owner) }).addTo(map); }
        Object.entries(PANES).forEach(([name, height]) => { map.createPane(`ews-${name}`).style.zIndex = height; });
        fetchShapes();
        SHAPES.forEach((name) => lay(map, name));
        JSON.parse(place.dataset.around).forEach((label) => placeLabel(label).addTo(map));
        L.control.scale({ position: "bottomright", imperial: false }).addTo(map);
        L.control.zoom({ position: "topleft" }).addTo(map);
        watch(map, place);
        ews.tracks.show();
    }

    // Until the viewer touches it, the map keeps showing the whole city when its place changes.
    function watch(map, place) {
        const whole = JSON.parse(place.dataset.bounds);
        let touched = false;
        ["mousedown", "wheel", "touchstart", "keydown"].forEach((kind) => {
            place.addEventListener(kind, () => { touched = true; }, { capture: true, passive: true });
        });
        map.on("zoomend moveend resize", () => { ews.stations.draw(); declutter(); });
        new ResizeObserver(() => {
            const size = map.getSize();
            if (!place.clientWidth || (size.x === place.clientWidth && size.y === place.clientHeight)) { return; }
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

    function placeLabel(label) {
        const box = element("span", "place-label");
        ["vi", "en"].forEach((language) => {
            const text = element("span", "", label[language]);
            text.lang = language;
            box.appendChild(text);
        });
        const icon = L.divIcon({ html: box, className: "marker", iconSize: [0, 0] });
        return L.marker(label.at, { icon: icon, interactive: false, keyboard: false, zIndexOffset: -1000 });
    }

    ews.map = {
        element: element,
        leaflet: () => known,
        make: make,
        declutter: declutter,
        wards: () => Object.values(layers),
        wardName: wardName,
        calm: () => ({ className: "ward ward-calm", weight: 1, fillOpacity: 0 }),
        dressAll: dressAll,
        // Where tiles are, the ground of the city would hide them.
        city: () => ({ className: "city", weight: 2, fillOpacity: document.getElementById("map").dataset.tiles ? 0 : 1 }),
        river: (feature) => ({
            className: feature.properties.schematic ? "river river-schematic" : "river", weight: 2.2, fill: false,
        }),
        coast: () => ({ className: "coast", weight: 1, fill: false }),
    };
    if (/^\/+$/.test(location.pathname)) { fetchShapes(); }
}(window.ews));
