"""Findings to warnings to people: life cycle, wording, recipients, delivery."""
