// What happens in the browser alone: the language kept in the address and the browser, the map shown again in its
// place, the title of the tab.
window.ews = window.ews || {};
window.dash_clientside = window.dash_clientside || {};

(function (clientside) {
    "use strict";

    const KEY = "ews-language";
    const LANGUAGES = ["vi", "en"];

    function kept() {
        try { return localStorage.getItem(KEY); } catch (error) { return null; }
    }

    function keep(language) {
        try { localStorage.setItem(KEY, language); } catch (error) { /* a browser without storage still has the address */ }
        const address = new URL(location.href);
        address.searchParams.set("lang", language);
        history.replaceState(history.state, "", address);
        document.documentElement.lang = language;
    }

    function pressed() {
        const trigger = clientside.callback_context.triggered[0];
        const match = trigger && trigger.value && /^language-(vi|en)\./.exec(trigger.prop_id);
        return match ? match[1] : null;
    }

    clientside.ews = {
        language: function (vi, en, search, current) {
            const button = pressed();
            const asked = new URLSearchParams(search || location.search).get("lang");
            const found = [button, asked, current, kept()].find((language) => LANGUAGES.includes(language)) || "vi";
            if (button || asked || kept() === "en") { keep(found); } else { document.documentElement.lang = found; }
            return found === current ? clientside.no_update : found;
        },
        place: function (pathname) {
            const path = (pathname || "/").replace(/\/+$/, "") || "/";
            const home = path === "/";
            if (home) { setTimeout(() => window.dispatchEvent(new Event("resize")), 0); }
            return [!home, home];
        },
        title: function (text) {
            if (text) { document.title = text; }
            return clientside.no_update;
        },
        closeCard: function (clicks) {
            return clicks ? null : clientside.no_update;
        },
    };
}(window.dash_clientside));
