"""Names of the components that callbacks and the browser tests speak of."""

from __future__ import annotations

LOCATION = "location"
LANGUAGE = "language"  # store: "vi" or "en"
REVISION = "revision"  # store: number of the newest revision pushed
TICK = "tick"  # interval: the safety net, and ages
SELECTED = "selected"  # store: id of the station chosen on the map
HEADER = "header"
BANNER = "banner"  # simulated, replayed
BAR = "connection-bar"  # cannot reach the server, database away
TITLE = "title"

OVERVIEW = "overview"  # stays mounted, so that the map keeps its place
OVERVIEW_FRAME = "overview-frame"
SENTENCE = "sentence"
MAP = "map"
WARDS = "map-wards"
STATIONS = "map-stations"
KINDS = "map-kinds"
CHOSEN = "chosen"
DECISIONS = "decisions"
GAUGES = "gauges"
OTHERS = "others"

PAGE = "page"  # every other page
STATION_HEAD = "station-head"
STATION_CHART = "station-chart"
STATION_SIDE = "station-side"
STATION_BELOW = "station-below"
WARNINGS = "warnings"
