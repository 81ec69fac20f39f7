"""The shared language of the system: quantities, readings, stations, forecasts, findings, alerts, settings.

Nothing here talks to a broker, a database or a page. The one contact with the outside is reading
configuration files at start (`settings`, `network`, `recording`).
"""
