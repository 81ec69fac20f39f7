// Holds the socket by which the server says what is new (dash_app/pushes.py): what has changed of the overview, and while
// another page is open that something has. Until it is open, and whenever it is lost, Dash's clock asks every ten seconds.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const FIRST_MS = 1000;
    const LONGEST_MS = 15000;
    let socket = null;
    let told = null;  // what the server was told last on this socket
    let waits = FIRST_MS;
    let timer = 0;
    let shown = Promise.resolve();

    const isOpen = () => socket && socket.readyState === WebSocket.OPEN;

    // The server keeps what was seen last: it is told when something else is looked at.
    function tell() {
        if (!socket) { open(); }
        const watched = ews.watched();
        if (!isOpen() || told === watched.lang) { return; }
        told = watched.lang;
        socket.send(JSON.stringify(watched));
    }

    function open() {
        clearTimeout(timer);
        const one = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/tin-moi`);
        one.binaryType = "blob";
        told = null;
        socket = one;
        one.addEventListener("open", () => {
            waits = FIRST_MS;
            tell();
        });
        one.addEventListener("message", (event) => { if (one === socket) { take(event.data); } });
        one.addEventListener("close", () => { if (one === socket) { openLater(); } });
    }

    function openLater() {
        timer = setTimeout(open, waits * (0.5 + Math.random()));
        waits = Math.min(2 * waits, LONGEST_MS);
    }

    // One after the other: each builds on the one before.
    function take(data) {
        if (typeof data === "string") { ews.newer(Number(data)); return; }
        shown = shown.then(async () => {
            const plain = data.stream().pipeThrough(new DecompressionStream("gzip"));
            ews.pushed(await new Response(plain).json());
        });
    }

    // A socket that was open while nothing came through may be dead without knowing it.
    function again() {
        if (!socket) { return; }
        const old = socket;
        waits = FIRST_MS;
        open();
        old.close();
    }

    window.addEventListener("ews-returned", again);
    ews.push = { tell: tell };
}(window.ews));
