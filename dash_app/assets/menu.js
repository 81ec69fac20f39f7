// The menu of pages on a narrow screen: a button opens and closes the list; a choice, Escape or a press elsewhere closes it.
// And the button that prints the page.
(function () {
    "use strict";

    function button() {
        return document.querySelector("button[data-act=menu]");
    }

    function turn(open) {
        const found = button();
        if (found) { found.setAttribute("aria-expanded", String(open)); }
    }

    function isOpen() {
        const found = button();
        return Boolean(found) && found.getAttribute("aria-expanded") === "true";
    }

    document.addEventListener("click", function (event) {
        if (event.target.closest("button[data-act=print]")) { window.print(); }
        if (event.target.closest("button[data-act=menu]")) { turn(!isOpen()); } else { turn(false); }
    });

    document.addEventListener("keydown", function (event) {
        if (event.key !== "Escape" || !isOpen()) { return; }
        turn(false);
        button().focus();
    });
}());
