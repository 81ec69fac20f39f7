"""Names of the components that callbacks, scripts and the browser tests speak of."""

from __future__ import annotations

LOCATION = "location"
LANGUAGE = "language"  # store: "vi" or "en"
REVISION = "revision"  # store: number of the newest revision pushed
SCREEN = "screen"  # store: what is to be painted
TICK = "tick"  # interval: the safety net, and ages
SELECTED = "selected"  # store: id of the station chosen on the map
KINDS = "map-kinds"  # store: kinds of stations the map shows
FEATURES = "features"  # store: the newest stations of the map
FIGURE = "figure"  # store: the newest chart
SINK = "sink"  # store: output of scripts that only act

# Components of the map and the chart.
MAP_HOLDER = "map-holder"
MAP = "map"
WARDS = "map-wards"
AROUND = "map-around"
STATIONS = "map-stations"
CHART_HOLDER = "chart-holder"
STATION_CHART = "station-chart"

# Places that are painted.
BAR = "connection-bar"
BAR_WORDS = "bar-words"
HEADER = "header"
BANNER = "banner"
SENTENCE = "sentence"
MAP_TITLE = "map-title"  # for screen readers
CHART_TITLE = "chart-title"
RANGES = "chart-ranges"
KINDS_BOX = "kinds"
LEGEND = "legend"
CHOSEN = "chosen"
DECISIONS = "decisions"
GAUGES = "gauges"
OTHERS = "others"
STATION_HEAD = "station-head"
STATION_SIDE = "station-side"
STATION_BELOW = "station-below"
WARNINGS = "warnings"
ALERT = "alert"
RULES = "rules"
NETWORK = "network"
VERIFICATION = "verification"
SHEET = "sheet"  # the committee, rain, storm, air and exercise pages
NOTICE = "notice"

# The warnings desk (assets/desk.js).
DESK_PLAN = "desk-plan"  # store: a grave order whose sheet is asked for
DESK_ORDER = "desk-order"  # store: an order
DESK_PLANNED = "desk-planned"  # store: the sheet
DESK_ANSWERED = "desk-answered"  # store: what became of the order
DESK_SHEET = "desk-sheet"
DESK_SAID = "desk-said"
