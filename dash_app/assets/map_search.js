// Finds stations and wards by name, with or without diacritics, in what the page has: it works with the network cut.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const SHOWN = 8;
    let spoken = null;
    let found = [];
    let at = -1;

    function plain(text) {
        return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
    }

    function candidates() {
        const stations = [...ews.stations.known].map(([id, p]) => ({ name: p.name, note: p.about.split(" · ")[0], station: id, p: p }));
        const wards = ews.map.wards().map((layer) => ({ name: ews.map.wardName(layer.feature.properties), note: ews.words.ward, ward: layer }));
        return [...stations, ...wards];
    }

    function matches(text) {
        const wanted = plain(text.trim());
        if (!wanted) { return []; }
        const ranked = candidates().map((c) => ({ c: c, at: plain(c.name).indexOf(wanted) })).filter((m) => m.at >= 0);
        ranked.sort((a, b) => (a.at > 0) - (b.at > 0) || a.c.name.localeCompare(b.c.name, "vi"));
        return ranked.slice(0, SHOWN).map((m) => m.c);
    }

    function go(hit) {
        const map = ews.map.leaflet();
        close();
        if (!hit || !map) { return; }
        if (hit.station) {
            map.setView([hit.p.lat, hit.p.lon], Math.max(map.getZoom(), 12), { animate: false });
            ews.stations.choose(hit.station);
        } else {
            map.fitBounds(hit.ward.getBounds(), { maxZoom: 13, animate: false });
            hit.ward.openTooltip(hit.ward.getBounds().getCenter());
        }
    }

    function place() { return document.getElementById("map-search"); }

    function close() {
        found = [];
        at = -1;
        const list = place().querySelector("ul");
        list.replaceChildren();
        list.hidden = true;
        place().querySelector("input").setAttribute("aria-expanded", "false");
    }

    function list(text) {
        const box = place().querySelector("ul");
        found = matches(text);
        at = found.length ? 0 : -1;
        const items = found.map((hit, i) => item(hit, i));
        if (!found.length && text.trim()) { items.push(ews.map.element("li", "nothing", ews.words.nothing)); }
        box.replaceChildren(...items);
        box.hidden = !items.length;
        place().querySelector("input").setAttribute("aria-expanded", String(!box.hidden));
        mark();
    }

    function item(hit, i) {
        const node = ews.map.element("li", "", hit.name);
        node.append(ews.map.element("small", "", hit.note));
        node.id = `found-${i}`;
        node.setAttribute("role", "option");
        node.addEventListener("mousedown", (event) => { event.preventDefault(); go(hit); });
        return node;
    }

    function mark() {
        const input = place().querySelector("input");
        [...place().querySelectorAll("[role=option]")].forEach((node, i) => node.setAttribute("aria-selected", String(i === at)));
        if (at >= 0) { input.setAttribute("aria-activedescendant", `found-${at}`); } else { input.removeAttribute("aria-activedescendant"); }
    }

    function pressed(event) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step && found.length) {
            event.preventDefault();
            at = (at + step + found.length) % found.length;
            mark();
        }
        if (event.key === "Enter") { go(found[at]); }
        if (event.key === "Escape") { close(); }
    }

    function speak() {
        const holder = place();
        if (!holder || !ews.words || spoken === ews.words.language) { return; }
        spoken = ews.words.language;
        const input = ews.map.element("input");
        Object.assign(input, { type: "search", placeholder: ews.words.search, autocomplete: "off" });
        const names = { role: "combobox", "aria-label": ews.words.search, "aria-controls": "found", "aria-expanded": "false", "aria-autocomplete": "list" };
        Object.entries(names).forEach(([name, value]) => input.setAttribute(name, value));
        const list_ = ews.map.element("ul");
        Object.assign(list_, { id: "found", hidden: true });
        list_.setAttribute("role", "listbox");
        list_.setAttribute("aria-label", ews.words.search);
        input.addEventListener("input", () => list(input.value));
        input.addEventListener("keydown", pressed);
        input.addEventListener("blur", () => setTimeout(close, 150));
        holder.replaceChildren(input, list_);
    }

    ews.search = { speak: speak };
}(window.ews));
