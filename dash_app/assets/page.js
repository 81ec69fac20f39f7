// What happens in the browser alone: language, light and dark, links, which moment the overview shows.
window.ews = window.ews || {};
window.dash_clientside = window.dash_clientside || {};

(function (ews, clientside) {
    "use strict";

    const LANGUAGE = "ews-language";
    const SCHEME = "ews-scheme";
    const ROOT = document.documentElement;

    function kept(key) {
        try { return localStorage.getItem(key); } catch (error) { return null; }
    }

    function keep(key, value) {
        try { localStorage.setItem(key, value); } catch (error) { /* without storage the address still tells */ }
    }

    // The pages without scripts are told by a cookie.
    function keepLanguage(language) {
        keep(LANGUAGE, language);
        document.cookie = `${LANGUAGE}=${language}; path=/; max-age=31536000; samesite=lax`;
    }

    function set(id, data) {
        if (clientside.set_props) { clientside.set_props(id, { data: data }); }
    }

    let spoken = null;  // the language of the page, for browsers that keep nothing

    function language() {
        const asked = new URLSearchParams(location.search).get("lang");
        const known = (language) => (["vi", "en"].includes(language) ? language : null);
        const found = known(asked) || spoken || known(kept(LANGUAGE)) || "vi";
        if (asked === found && spoken !== found) { keepLanguage(found); }
        spoken = found;
        return found;
    }

    // The overview and the pages of stations can look back.
    const looksBack = (path) => /^\/+$|^\/tram\/[^/]+(\/\d+)?\/?$/.test(path === undefined ? location.pathname : path);

    function speak(language) {
        spoken = language;
        keepLanguage(language);
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

    // From one page that looks back to another the moment goes along.
    function withMoment(href) {
        const moment = ews.moment();
        return moment && looksBack(href) && href !== location.pathname ? `${href}?luc=${moment}` : href;
    }

    function follow(event, link) {
        if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) { return; }
        event.preventDefault();
        history.pushState({}, "", withMoment(link.getAttribute("href")));
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    }

    function clicked(event) {
        const target = event.target.closest("a[data-link], button[data-language], button[data-act], button[data-kind]");
        if (!target) { return; }
        if (target.dataset.language) { speak(target.dataset.language); }
        if (target.dataset.kind) { ews.layers.press(target); }
        if (target.dataset.act === "scheme") { turn(); }
        if (target.dataset.act === "close") { ews.stations.choose(null); }
        if (target.dataset.act === "live") { ews.timeline.live(); }
        if (target.matches("a[data-link]")) { follow(event, target); }
    }

    // The address names the moment, so that what the screen said then is a link.
    function travel(moment) {
        const address = new URL(location.href);
        address.searchParams.delete("luc");
        const others = address.searchParams.toString();
        address.search = moment ? (others ? others + "&" : "") + "luc=" + moment : others;
        history.replaceState(history.state, "", address);
        set("moment", moment);
    }

    clientside.ews = {
        language: function (search, current) {
            const found = language();
            return found === current ? clientside.no_update : found;
        },
        // On other pages the address does not pretend to look back.
        moment: function (search, pathname, current) {
            const asked = ews.moment();
            if (!looksBack() && /[?&]luc=/.test(location.search)) {
                travel("");
                return "";
            }
            return asked === current ? clientside.no_update : asked;
        },
        // The overview is asked for apart (assets/ask.js), every other page by Dash; a chart where there is one. One function for
        // both: each that Dash calls at a push costs it a walk through its components.
        ask: function (revision, tick, pathname, language, moment, screens, charts) {
            const nothing = [clientside.no_update, clientside.no_update];
            if (!language) { return nothing; }
            ews.ask(revision, tick);
            if (ews.overviewHere()) { return nothing; }
            return [(screens || 0) + 1, /^\/tram\//.test(pathname) ? (charts || 0) + 1 : clientside.no_update];
        },
        paint: function (screen) {
            return ews.overviewHere() ? clientside.no_update : ews.paint(screen);
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
    };

    ews.set = set;
    ews.travel = travel;
    ews.language = language;
    ews.looksBack = looksBack;
    document.addEventListener("click", clicked);
}(window.ews, window.dash_clientside));
