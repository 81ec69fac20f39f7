// What happens in the browser alone: language, light and dark, links, the chosen station, kinds on the map.
window.ews = window.ews || {};
window.dash_clientside = window.dash_clientside || {};

(function (ews, clientside) {
    "use strict";

    const LANGUAGE = "ews-language";
    const SCHEME = "ews-scheme";
    let drawn = null;
    const ROOT = document.documentElement;

    function kept(key) {
        try { return localStorage.getItem(key); } catch (error) { return null; }
    }

    function keep(key, value) {
        try { localStorage.setItem(key, value); } catch (error) { /* without storage the address still tells */ }
    }

    function set(id, data) {
        clientside.set_props(id, { data: data });
    }

    function speak(language) {
        keep(LANGUAGE, language);
        const address = new URL(location.href);
        address.searchParams.set("lang", language);
        history.replaceState(history.state, "", address);
        set("language", language);
    }

    function turn() {
        const scheme = ROOT.dataset.scheme === "dark" ? "light" : "dark";
        ROOT.dataset.scheme = scheme;
        keep(SCHEME, scheme);
        ews.map.dressAll();
    }

    function follow(event, link) {
        if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) { return; }
        event.preventDefault();
        history.pushState({}, "", link.getAttribute("href"));
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    }

    function clicked(event) {
        const target = event.target.closest("a[data-link], button[data-language], button[data-act], button[data-kind]");
        if (!target) { return; }
        if (target.dataset.language) { speak(target.dataset.language); }
        if (target.dataset.kind) { press(target); }
        if (target.dataset.act === "scheme") { turn(); }
        if (target.dataset.act === "close") { set("selected", null); }
        if (target.matches("a[data-link]")) { follow(event, target); }
    }

    function press(chip) {
        chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
        set("map-kinds", [...document.querySelectorAll("#kinds [aria-pressed=true]")].map((each) => each.dataset.kind));
    }

    function line(tag, text, className) {
        const node = document.createElement(tag);
        node.textContent = text;
        if (className) { node.className = className; }
        return node;
    }

    // The card of the chosen station says what its marker knows.
    function card(feature, words) {
        const p = feature.properties;
        const article = document.createElement("article");
        article.className = "station-card";
        article.setAttribute("aria-label", p.name);
        const head = document.createElement("header");
        const image = document.createElement("img");
        Object.assign(image, { src: p.symbol, alt: "", width: 24, height: 24, className: "symbol" });
        const close = line("button", "×", "close");
        close.dataset.act = "close";
        close.setAttribute("aria-label", words.close);
        head.append(image, line("h3", p.name), close);
        const link = line("a", words.open, "button");
        link.href = p.page;
        link.dataset.link = "";
        article.append(head, ...p.lines.map((text, i) => line("p", text, i ? "" : "lead")), link);
        return article.outerHTML;
    }

    clientside.ews = {
        language: function (search, current) {
            const asked = new URLSearchParams(search || location.search).get("lang");
            const found = [asked, current, kept(LANGUAGE)].find((language) => ["vi", "en"].includes(language)) || "vi";
            if (asked === found) { keep(LANGUAGE, found); }
            return found === current ? clientside.no_update : found;
        },
        paint: function (screen) {
            ews.paint(screen);
            return clientside.no_update;
        },
        // Dash 4.4 writes what the viewer zooms to back into the figure, after which plotly's own uirevision no longer
        // knows it as the viewer's: so it is carried over here, and with it which traces were hidden.
        figure: function (next, current) {
            if (!next || !current || !current.layout || current.layout.uirevision !== next.layout.uirevision) {
                return next || clientside.no_update;
            }
            ["xaxis", "yaxis"].forEach((name) => {
                const axis = current.layout[name];
                if (axis && axis.autorange === false && axis.range) {
                    Object.assign(next.layout[name], { autorange: false, range: axis.range });
                }
            });
            const hidden = new Set(current.data.filter((t) => t.visible === "legendonly").map((t) => t.name));
            next.data.forEach((trace) => { if (hidden.has(trace.name)) { trace.visible = "legendonly"; } });
            return next;
        },
        // Markers are drawn anew only when something about them has changed.
        stations: function (next) {
            if (!next) { return clientside.no_update; }
            ews.map.dressAll(next.wards);
            const text = JSON.stringify(next.stations);
            if (text === drawn && document.querySelector("#map [data-station]")) { return clientside.no_update; }
            drawn = text;
            return next.stations;
        },
        options: function (kinds, selected) {
            return { kinds: kinds, selected: selected };
        },
        choose: function (selected, next) {
            const found = selected && next && next.stations.features.find((f) => f.properties.id === selected);
            ews.put("chosen", found ? card(found, next.words) : "");
            return clientside.no_update;
        },
    };

    document.addEventListener("click", clicked);
}(window.ews, window.dash_clientside));
