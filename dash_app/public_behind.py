"""How a warning to the public has fallen behind its alert: nobody but an officer publishes, so the desk must say so."""

from __future__ import annotations

from enum import StrEnum

from alerts.public_drafts import news
from domain.alerts import Alert, AlertState
from domain.warnings import PublicWarning, WarningState
from domain.words import Language, say


class Behind(StrEnum):
    """In which way."""

    OVER = "over"  # the alert has ended, and the public is still warned
    OLDER = "older"  # the alert has said something new since the version that the text was written from
    UNPUBLISHED = "unpublished"  # a newer text is written, and the public has the one before


def behind(alert: Alert, warning: PublicWarning) -> tuple[Behind, ...]:
    """Every way in which a draft or an issued warning is behind its alert; none of one that is over.

    A draft of an alert that has ended is dropped by the system; nobody has to see to that.
    """
    if warning.state not in {WarningState.DRAFT, WarningState.ISSUED}:
        return ()
    issued = warning.state is WarningState.ISSUED
    if alert.state is not AlertState.ACTIVE:
        return (Behind.OVER,) if issued else ()
    found = [Behind.OLDER] if news(alert).number > _speaks_of(warning) else []
    if issued and warning.published is not None and warning.written.number > warning.published.number:
        found.append(Behind.UNPUBLISHED)
    return tuple(found)


def behind_words(alert: Alert, warning: PublicWarning, language: Language) -> list[str]:
    """What an officer has to know of each, in the words of the desk."""
    now, had = news(alert).number, _speaks_of(warning)
    facts = {"had": had, "now": now}
    return [say(f"ui.desk.behind.{_named(each, warning)}", language, **facts) for each in behind(alert, warning)]


def _named(how: Behind, warning: PublicWarning) -> str:
    """The public has nothing of a draft: its text is older, not the public's."""
    drafted = how is Behind.OLDER and warning.state is WarningState.DRAFT
    return "draft" if drafted else how.value


def _speaks_of(warning: PublicWarning) -> int:
    """The version of the alert that the public was told of; of a draft, the one that it was written from."""
    told = warning.published or warning.written
    return told.content.alert_version
