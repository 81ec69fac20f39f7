"""What an officer asked for and cannot have: one line for the command line, and a text in both languages for a page."""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import EwsError
from domain.words import Language, say


class Words:
    """A value of a refusal that is said in the reader's language: `keys` of the catalogues, joined by commas."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = tuple(keys)

    def said(self, language: Language) -> str:
        """As in "tiêu đề, nội dung"."""
        return ", ".join(say(key, language) for key in self._keys)


class RefusedError(EwsError):
    """Something cannot be done; the text says what, why and what to do.

    `text` is what the command line prints, with its commands as the remedy. `key` names the text for pages (alerts/locale), with
    the page's remedy; `facts` fill it in: plain values as they are, Words in the language asked for.
    """

    def __init__(self, text: str, key: str, /, **facts: object) -> None:
        super().__init__(text)
        self.key, self.facts = key, facts

    def said(self, language: Language) -> str:
        """The refusal in the language of a page."""
        facts = {n: v.said(language) if isinstance(v, Words) else v for n, v in self.facts.items()}
        return say(self.key, language, **facts)


class ActionRefusedError(RefusedError):
    """An officer asked for what cannot be done."""
