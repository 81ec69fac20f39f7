// The stations on the map. A marker is made once and changed in place, so that focus, tooltip and pointer stay with it; where
// there are too many to tell apart, those near each other stand together under the worst of them.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const MOST = 250;  // more than these in sight are gathered
    const CELL_PX = 64;
    const known = new Map();
    const markers = new Map();
    let group = null;
    let chosen = null;
    let card = "";
    let waiting = 0;
    let generation = 0;  // of looks: those of another are made anew

    const element = (...of) => ews.map.element(...of);

    function icon(look, count) {
        const box = element("div", `mark mark-${look.kind} fresh-${look.fresh} mark-level-${look.level || 0}`);
        const image = element("img");
        image.src = ews.layers.symbol(look);
        image.alt = "";
        if (look.direction !== null) { image.style.transform = `rotate(${look.direction}deg)`; }
        box.append(image);
        if (count) { box.append(element("span", "mark-count", String(count))); }
        if (look.label && !count) {
            const label = element("span", "mark-label", look.label);
            label.dataset.rank = (look.kind === "air" ? -1 : look.level || 0) + (look.kind === "river" ? 0.5 : 0);
            box.append(label);
            if (look.note) { box.append(element("span", "mark-note", look.note)); }
        }
        const classes = ["marker", count ? "cluster" : "", look.id && look.id === chosen ? "chosen-marker" : ""];
        return L.divIcon({ html: box, className: classes.filter(Boolean).join(" "), iconSize: [look.size, look.size] });
    }

    // The lines of tooltip and card. Of a gauge that has gone silent nobody knows where the water goes.
    function lines(p) {
        const fresh = ews.clock.freshness(p);
        const blind = fresh === "silent" || fresh === "never";
        const age = p.at === null ? ews.words.never : ews.clock.words(ews.clock.age(p));
        const measured = p.at === null ? age : ews.clock.fill(p.measured, { age: age });
        return [
            `${p.value} · ${blind ? ews.words[fresh] : p.state}`,
            ...(blind ? [] : p.going), ...(p.peak ? [p.peak.text] : []), measured, p.about,
        ];
    }

    function tooltip(id) {
        const box = element("div", "tip");
        const p = known.get(id);
        if (!p) { return box; }
        box.append(element("strong", "", p.name));
        lines(p).forEach((line) => box.append(element("div", "", line)));
        return box;
    }

    function clusterTip(members) {
        const box = element("div", "tip");
        box.append(element("strong", "", ews.clock.fill(ews.words.cluster, { count: members.length })));
        const silent = members.filter((m) => m.look.fresh === "silent" || m.look.fresh === "never").length;
        if (silent) { box.append(element("div", "", ews.clock.fill(ews.words.cluster_silent, { count: silent }))); }
        members.slice().sort(worstFirst).slice(0, 5).forEach((m) => box.append(element("div", "", `${m.p.name}: ${lines(m.p)[0]}`)));
        return box;
    }

    const worstFirst = (one, other) => weight(other) - weight(one);

    // A level that is known outweighs silence, silence outweighs what is in order: no green stands for a gauge nobody hears.
    function weight(member) {
        const blind = member.look.fresh === "silent" || member.look.fresh === "never";
        return blind ? 0.5 : (member.look.level || 0) + (member.look.kind === "river" ? 0.1 : 0);
    }

    // What a station looks like is kept: at an update of one of thousands the others look as they did.
    function lookOf(p, id) {
        if (p.generation !== generation) {
            p.generation = generation;
            p.look = ews.layers.look(p);
            if (p.look) { p.look.id = id; }
        }
        return p.look;
    }

    // Thousands are gone through at each update, so plain numbers are compared.
    function inSight(map) {
        const bounds = map.getBounds().pad(0.25);
        const [south, west, north, east] = [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()];
        const found = [];
        known.forEach((p, id) => {
            if (id !== chosen && (p.lat < south || p.lat > north || p.lon < west || p.lon > east)) { return; }
            const look = lookOf(p, id);
            if (look) { found.push({ id: id, p: p, look: look }); }
        });
        return found;
    }

    // Where a station lies on the map of a zoom, worked out once: which cell of those that are gathered.
    function cellOf(map, p, zoom) {
        if (p.zoom !== zoom) {
            const at = map.project([p.lat, p.lon]);
            p.zoom = zoom;
            p.cell = `${Math.floor(at.x / CELL_PX)}:${Math.floor(at.y / CELL_PX)}`;
        }
        return p.cell;
    }

    function gathered(map, members) {
        const cells = new Map();
        const zoom = map.getZoom();
        const alone = [];
        members.forEach((m) => {
            if (m.id === chosen) { alone.push([m]); return; }
            const cell = cellOf(map, m.p, zoom);
            if (cells.has(cell)) { cells.get(cell).push(m); } else { cells.set(cell, [m]); }
        });
        return [...alone, ...cells.values()];
    }

    function wanted(map) {
        const members = inSight(map);
        const groups = members.length > MOST ? gathered(map, members) : members.map((m) => [m]);
        return new Map(groups.map((of) => (of.length === 1 ? one(of[0]) : many(of, map))));
    }

    function one(m) {
        return [m.id, { lat: m.p.lat, lon: m.p.lon, look: m.look, count: 0 }];
    }

    function many(members, map) {
        const worst = members.reduce((one, other) => (weight(other) > weight(one) ? other : one));
        const first = members.reduce((one, other) => (other.id < one ? other.id : one), members[0].id);
        const mean = (name) => members.reduce((sum, m) => sum + m.p[name], 0) / members.length;
        const look = { ...worst.look, id: null, label: "", note: "", size: 30, direction: null, rank: worst.look.rank + 100 };
        const key = `cluster ${map.getZoom()} ${first}`;
        return [key, { lat: mean("lat"), lon: mean("lon"), look: look, count: members.length, members: members }];
    }

    function signature(want) {
        return JSON.stringify([want.look, want.count, want.lat, want.lon, want.look.id === chosen]);
    }

    function made(map, key, want) {
        const marker = L.marker([want.lat, want.lon], { icon: icon(want.look, want.count), keyboard: true, zIndexOffset: want.look.rank });
        const entry = { marker: marker, members: want.members };
        marker.bindTooltip(() => (want.count ? clusterTip(entry.members) : tooltip(key)), {
            direction: "top", offset: [0, -want.look.size / 2], opacity: 1, className: "ews-tip",
        });
        const act = () => (want.count ? open(map, entry.members) : choose(key));
        marker.on("click", act);
        marker.on("keydown", (event) => { if (event.originalEvent.key === "Enter") { act(); } });
        marker.addTo(group);
        return entry;
    }

    function open(map, members) {
        map.fitBounds(members.map((m) => [m.p.lat, m.p.lon]), { padding: [60, 60], maxZoom: map.getZoom() + 2 });
    }

    function name(entry, key, want) {
        const node = entry.marker.getElement();
        if (!node) { return; }
        const p = known.get(key);
        node.setAttribute("aria-label", p ? `${p.name}: ${lines(p)[0]}` : ews.clock.fill(ews.words.cluster, { count: want.count }));
        if (p) { node.dataset.station = key; }
    }

    function update(map, key, want) {
        const kept = markers.get(key);
        const text = signature(want);
        if (kept && kept.text === text) { kept.members = want.members; return false; }
        const entry = kept || made(map, key, want);
        if (kept) {
            kept.members = want.members;
            kept.marker.setLatLng([want.lat, want.lon]).setIcon(icon(want.look, want.count)).setZIndexOffset(want.look.rank);
            if (kept.marker.isTooltipOpen()) { kept.marker.getTooltip().update(); }
        }
        entry.text = text;
        markers.set(key, entry);
        name(entry, key, want);
        return true;
    }

    function drawNow() {
        const map = ews.map.leaflet();
        if (!map || !ews.words) { return; }
        if (!group || group._map !== map) { group = L.layerGroup().addTo(map); markers.clear(); }
        const wants = wanted(map);
        let changed = false;
        markers.forEach((entry, key) => {
            if (wants.has(key)) { return; }
            group.removeLayer(entry.marker);
            markers.delete(key);
            changed = true;
        });
        wants.forEach((want, key) => { changed = update(map, key, want) || changed; });
        describe();
        if (changed) { ews.map.declutter(); }
    }

    // The first symbols stand in the same picture as everything else; later ones wait for the next.
    function draw() {
        cancelAnimationFrame(waiting);
        if (known.size && !markers.size) { drawNow(); } else { waiting = requestAnimationFrame(drawNow); }
    }

    // Another layer or another time: everything may look otherwise.
    function renew() {
        generation += 1;
        draw();
    }

    // `whole`: these are all the stations there are. Otherwise those that are not named stay: they may only have gone silent.
    function take(names, parts, whole) {
        if (whole) { known.clear(); }
        names.forEach((name) => {
            if (parts.has(name)) { known.set(name.slice(8), parts.get(name)); } else { known.delete(name.slice(8)); }
        });
    }

    // The card of the chosen station says what its marker knows.
    function describe() {
        const p = chosen && known.get(chosen);
        const html = p ? drawn(p) : "";
        if (html !== card) { ews.put("chosen", html); }
        card = html;
    }

    function drawn(p) {
        const article = element("article", "station-card");
        article.setAttribute("aria-label", p.name);
        const head = element("header");
        const image = element("img", "symbol");
        Object.assign(image, { src: ews.layers.symbol({ kind: p.kind, level: p.level, fresh: ews.clock.freshness(p) }), alt: "", width: 24, height: 24 });
        const close = element("button", "close", "×");
        close.dataset.act = "close";
        close.setAttribute("aria-label", ews.words.close);
        head.append(image, element("h3", "", p.name), close);
        const link = element("a", "button", ews.words.open);
        link.href = "/tram/" + chosen;
        link.dataset.link = "";
        article.append(head, ...lines(p).map((text, i) => element("p", i ? "" : "lead", text)), link);
        return article.outerHTML;
    }

    function choose(id) {
        chosen = id;
        draw();
    }

    setInterval(renew, 20000);  // ages go on, and what was fresh grows stale, with or without the server
    ews.stations = { take: take, draw: draw, renew: renew, choose: choose, known: known };
}(window.ews));
