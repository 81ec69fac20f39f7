// What time it is on each clock, and how old a reading is on its own. On the wall's clock time goes on when the server is away.
window.ews = window.ews || {};

(function (ews) {
    "use strict";

    const HUE_S = 7 * 3600;
    let told = { now: {}, past: false, first: null };
    let ahead = 0;  // of the server before this machine, in seconds

    const wallNow = () => Date.now() / 1000 + ahead;

    function now(clock) {
        const wall = wallNow();
        if (clock === "live" && !told.past) { return wall; }
        return clock in told.now ? told.now[clock] : told.now.live || wall;
    }

    function fill(template, values) {
        return template.replace(/{(\w+)}/g, (whole, name) => (name in values ? values[name] : whole));
    }

    // As dash_app/formats.py says an age.
    function words(seconds) {
        const minutes = Math.max(Math.floor(seconds / 60), 0);
        const hours = Math.floor(minutes / 60);
        if (minutes < 1) { return ews.words.age_now; }
        if (minutes < 60) { return fill(ews.words.age_minutes, { minutes: minutes }); }
        if (hours >= 48) { return fill(ews.words.age_days, { days: Math.floor(hours / 24) }); }
        return fill(minutes % 60 ? ews.words.age_hours_minutes : ews.words.age_hours, { hours: hours, minutes: minutes % 60 });
    }

    // The same in the room of a label: 7′, 3h, 2d.
    function short(seconds) {
        const minutes = Math.max(Math.floor(seconds / 60), 0);
        if (minutes < 100) { return minutes + "′"; }
        return minutes < 48 * 60 ? Math.floor(minutes / 60) + "h" : Math.floor(minutes / 1440) + "d";
    }

    function freshness(p) {
        if (p.at === null) { return "never"; }
        const age = now(p.clock) - p.at;
        return age > p.late[1] ? "silent" : age > p.late[0] ? "stale" : "current";
    }

    // 07:02 27/10, in Huế.
    function said(seconds) {
        const [day, time] = new Date((seconds + HUE_S) * 1000).toISOString().slice(0, 16).split("T");
        const [, month, date] = day.split("-");
        return `${time} ${date}/${month}`;
    }

    ews.clock = {
        // Whether another time is shown than goes on by itself: another clock has moved, or the past.
        set: function (clocks) {
            if (!clocks || clocks === told) { return false; }
            const still = (of) => JSON.stringify(of.past ? of : { ...of.now, live: 0 });
            const moved = still(clocks) !== still(told);
            told = clocks;
            if (!told.past) { ahead = told.now.live - Date.now() / 1000; }
            return moved;
        },
        age: (p) => (p.at === null ? null : now(p.clock) - p.at),
        wall: wallNow,
        past: () => told.past,
        shown: () => told.now.live,
        first: () => told.first,
        times: () => [told.past ? told.now.live : wallNow(), ...Object.keys(told.now).filter((name) => name !== "live").map(now)],
        said: said,
        words: words,
        short: short,
        freshness: freshness,
        fill: fill,
    };
}(window.ews));
