"""The ways devices speak: one module a format, each from a message to what it says (ingest.formats.uplink)."""
