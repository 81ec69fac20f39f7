"""The open data: what is measured, forecast and warned of, for machines (docs/api.md)."""
