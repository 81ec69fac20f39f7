"""Names of the components that callbacks, scripts and the browser tests speak of."""

from __future__ import annotations

LOCATION = "location"
LANGUAGE = "language"  # store: "vi" or "en"
REVISION = "revision"  # store: number of the newest revision pushed
SCREEN_ASKED = "screen-asked"  # store: the page that is open is to be drawn anew
SCREEN = "screen"  # store: what is to be painted, on all pages but the overview
SEEN = "seen"  # store: which print of the page the browser has, see dash_app.screen
MOMENT = "moment"  # store: the past moment the overview shows, as in the address; "" is now
TICK = "tick"  # interval: the safety net, and ages
SINK = "sink"  # store: output of scripts that only act
FIGURE = "figure"  # store: the newest chart
CHART_ASKED = "chart-asked"  # store: the chart of the open station is to be drawn anew

# Components of the map and the chart.
MAP = "map"
DASH = "dash"  # where Dash's own part stands: at the place of the chart
CHART_HOLDER = "chart-holder"
STATION_CHART = "station-chart"

# Places that are painted.
BAR = "connection-bar"
BAR_WORDS = "bar-words"
HEADER = "header"
BANNER = "banner"
MOMENT_NOTE = "moment-note"  # filled by assets/moment.js
SENTENCE = "sentence"
MAP_TITLE = "map-title"  # for screen readers
CHART_TITLE = "chart-title"
RANGES = "chart-ranges"
KINDS_BOX = "kinds"
SEARCH = "map-search"  # filled by assets/map_search.js
TIMELINE = "timeline"  # filled by assets/timeline.js
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
PAPER = "paper"  # what is printed in the stead of the sheet, see dash_app.screen
SHEET = "sheet"  # the committee, rain, storm, air and exercise pages
NOTICE = "notice"

# The warnings desk (assets/desk.js).
DESK_PLAN = "desk-plan"  # store: a grave order whose sheet is asked for
DESK_ORDER = "desk-order"  # store: an order
DESK_PLANNED = "desk-planned"  # store: the sheet
DESK_ANSWERED = "desk-answered"  # store: what became of the order
DESK_SHEET = "desk-sheet"
DESK_SAID = "desk-said"
