"""Readings and forecasts to findings: pure functions in event time."""
