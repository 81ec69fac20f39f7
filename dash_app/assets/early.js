// Stands in the page itself, as again.js does: asks for the overview while the scripts are still on their way. ask.js takes the answer.
(function () {
    "use strict";

    if (location.pathname !== "/" || location.search) { return; }
    let language = null;
    try { language = localStorage.getItem("ews-language"); } catch (error) { /* the usual one */ }
    const address = `/tong-quan.json?lang=${language === "en" ? "en" : "vi"}&luc=&seen=`;
    const answer = fetch(address, { cache: "no-store" });
    answer.catch(() => { /* ask.js is told */ });
    window.ews = { early: { address: address, answer: answer } };
}());
