// Tracks of storms: where they were by the time that is shown, and where they were then expected to go.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const EVERY_MS = 600000;
    const GONE_S = 3 * 86400;  // a storm last seen so long ago is over
    let fixes = [];
    let group = null;
    let drawn = "";

    const seconds = (text) => Date.parse(text) / 1000;

    function said(p) {
        const wind = p.wind_ms ? `${Math.round(p.wind_ms)} m/s` : "";
        const expected = p.past ? ews.words.forecast_past : ews.words.forecast;
        return [p.name, ews.clock.said(p.time), p.kind === "forecast" ? expected : "", wind].filter(Boolean).join(" · ");
    }

    function read(feature) {
        const [lon, lat] = feature.geometry.coordinates;
        const p = feature.properties;
        return { ...p, lat: lat, lon: lon, time: seconds(p.at), issued: p.issued_at ? seconds(p.issued_at) : null };
    }

    // What was known of one storm at one time: the way it had come, and the newest forecast of then. One of the two may be
    // empty: a storm is forecast before it is seen. Over is one that was not seen lately and of whose forecast nothing is to come.
    function known(of, now) {
        const come = of.filter((p) => p.kind === "observed" && p.time <= now).sort((a, b) => a.time - b.time);
        const last = come[come.length - 1] || null;
        const told = of.filter((p) => p.kind === "forecast" && p.issued <= now);
        const issue = Math.max(...told.map((p) => p.issued));
        const ahead = told.filter((p) => p.issued === issue && (!last || p.time > last.time)).sort((a, b) => a.time - b.time);
        const seenLately = last && now - last.time <= GONE_S;
        if (!seenLately && !ahead.some((p) => p.time > now)) { return null; }
        return { come: come, ahead: ahead.map((p) => ({ ...p, past: p.time <= now })), last: last };
    }

    function line(points, className) {
        return L.polyline(points.map((p) => [p.lat, p.lon]), { className: className, interactive: false, weight: 2.5, fill: false });
    }

    function mark(p, className) {
        return L.circleMarker([p.lat, p.lon], { radius: 5, className: className, weight: 2 })
            .bindTooltip(() => ews.map.element("span", "", said(p)), { className: "ews-tip", opacity: 1 });
    }

    function draw(track) {
        const named = track.last || track.ahead[0];
        line(track.come, "track track-come").addTo(group);
        track.come.forEach((p) => mark(p, "track track-fix").addTo(group));
        if (track.ahead.length) { line([...track.come.slice(-1), ...track.ahead], "track track-ahead").addTo(group); }
        track.ahead.forEach((p) => {
            if (p.radius_km) { L.circle([p.lat, p.lon], { radius: p.radius_km * 1000, className: "track track-doubt", interactive: false }).addTo(group); }
            mark(p, "track track-expected").addTo(group);
        });
        const label = ews.map.element("span", "track-name", named.name);
        L.marker([named.lat, named.lon], { icon: L.divIcon({ html: label, className: "marker", iconSize: [0, 0] }), interactive: false, keyboard: false }).addTo(group);
    }

    function tracks() {
        const storms = [...new Set(fixes.map((p) => p.storm))];
        const found = storms.map((storm) => {
            const of = fixes.filter((p) => p.storm === storm);
            return ews.clock.times().map((now) => known(of, now)).find(Boolean);
        });
        return found.filter(Boolean);
    }

    function show() {
        const map = ews.map.leaflet();
        if (!map) { return; }
        const found = tracks();
        const signature = JSON.stringify(found);
        if (group && group._map === map && signature === drawn) { return; }
        if (group) { group.remove(); }
        group = L.layerGroup().addTo(map);
        drawn = signature;
        found.forEach(draw);
    }

    async function ask() {
        try {
            const answer = await fetch("/geo/storm_tracks.geojson", { cache: "no-cache" });
            if (answer.ok) { fixes = (await answer.json()).features.map(read); }
        } catch (error) { /* the tracks that are known stay; the bar says that the server is away */ }
        show();
        setTimeout(ask, EVERY_MS);
    }

    document.addEventListener("DOMContentLoaded", ask);
    ews.tracks = { show: show };
}(window.ews));
