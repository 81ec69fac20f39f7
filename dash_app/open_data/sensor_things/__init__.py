"""OGC SensorThings API 1.1, the part for reading (docs/api.md lists what of the standard is met)."""
