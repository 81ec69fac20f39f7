"""Numbers, times and ages as Vietnamese and English readers expect them."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.quantities import QUANTITIES
from domain.times import local
from domain.words import Language, number, say


def unit(quantity: str, language: Language) -> str:
    """The unit of a quantity as it stands on a page."""
    return say(f"unit.{QUANTITIES[quantity].unit}", language)


def value(quantity: str, amount: float, language: Language) -> str:
    """A value with its unit: 3,58 m."""
    return f"{number(amount, QUANTITIES[quantity].decimals, language)} {unit(quantity, language)}"


def metres(amount: float, language: Language) -> str:
    """A level or difference in metres, to the centimetre: 0,08 m."""
    return f"{number(amount, 2, language)} m"


def rate(amount: float, language: Language) -> str:
    """A rate of rise with its sign: +0,11 m/h."""
    sign = "+" if amount > 0 else "−"
    return f"{sign if abs(amount) >= 0.005 else ''}{number(abs(amount), 2, language)} m/h"


def heading(text: str) -> str:
    """The text with a capital first letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def clock(at: datetime) -> str:
    """The time of day in Huế: 07:02."""
    return f"{local(at):%H:%M}"


def moment(at: datetime, language: Language) -> str:
    """Day and time in Huế: 07:02 27/10 or 27 Oct 07:02."""
    return f"{local(at):%H:%M %d/%m}" if language == "vi" else f"{local(at):%d %b %H:%M}"


def full_moment(at: datetime, language: Language) -> str:
    """Day, year and time in Huế with the offset."""
    return f"{local(at):%H:%M %d/%m/%Y} (+07:00)" if language == "vi" else f"{local(at):%d %b %Y %H:%M} (+07:00)"


def near(at: datetime, now: datetime, language: Language) -> str:
    """The time alone on the same day in Huế, else day and time."""
    return clock(at) if local(at).date() == local(now).date() else moment(at, language)


def age(span: timedelta, language: Language) -> str:
    """How old something is, in at most two units: 3 phút, 2 giờ 5 phút, 4 ngày."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 1:
        return say("ui.age.now", language)
    if minutes < 60:
        return say("ui.age.minutes", language, minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return say("ui.age.hours_minutes" if rest else "ui.age.hours", language, hours=hours, minutes=rest)
    return say("ui.age.days", language, days=hours // 24)


def count(amount: int, language: Language) -> str:
    """A whole number with its thousands apart: 12.345 in Vietnamese, 12,345 in English."""
    text = f"{amount:,}"
    return text.replace(",", ".") if language == "vi" else text
