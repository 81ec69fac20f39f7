"""Who acts on the desk."""

from __future__ import annotations

from collections.abc import Mapping

#: A name is an officer's id in alerts.toml, or a person's name.
MOST_LETTERS = 64


def acting_person(said: Mapping[str, object]) -> str | None:
    """The person of a callback; None when nobody has said who they are, and then the desk shows and does not act.

    The name is the one that was typed on the desk and is kept in the browser's session: a claim, like --by on the command line.
    """
    name = said.get("who")
    if not isinstance(name, str) or not name.isprintable():
        return None
    return name.strip()[:MOST_LETTERS] or None
