// The colour scheme before the first paint, so that a dark room stays dark. Loaded by itself, in the head of every page.
(function () {
    "use strict";
    let kept = null;
    try { kept = localStorage.getItem("ews-scheme"); } catch (error) { kept = null; }
    const dark = kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.scheme = dark ? "dark" : "light";
}());
