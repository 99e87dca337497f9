"""How values are told to people: numbers, odds, shares, instants and ages; what is missing is a dash, never a zero."""

from datetime import UTC, date, datetime, timedelta

from markupsafe import Markup, escape

from propcast.core.gameday import EASTERN, GameDay
from propcast.core.markets import MARKETS
from propcast.sources.books import book_title

MISSING = "–"
_KEPT = frozenset({"EV", "DFS"})
_TITLES = {"points_rebounds_assists": "Pts + reb + ast", "pitcher_strikeouts": "Strikeouts"}


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with thousands apart and fixed decimals."""
    if value is None or value != value:
        return MISSING
    return f"{round(value, digits) + 0.0:,.{digits}f}"  # no -0


def line(value: float | None) -> str:
    """Return a line with its half."""
    return number(value, 1)


def percent(fraction: float | None, digits: int = 1) -> str:
    """Return a fraction in percent."""
    return MISSING if fraction is None else f"{number(100 * fraction, digits)} %"


def signed_percent(fraction: float | None, digits: int = 1) -> str:
    """Return a fraction in percent with its sign."""
    if fraction is None:
        return MISSING
    value = round(100 * fraction, digits) + 0.0
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):.{digits}f} %"


def signed(value: float | None, digits: int = 2) -> str:
    """Return a number with its sign."""
    if value is None:
        return MISSING
    rounded = round(value, digits) + 0.0
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded):,.{digits}f}"


def american(price: int | None) -> str:
    """Return American odds with their sign."""
    return MISSING if price is None else f"{'+' if price > 0 else '−'}{abs(price)}"


def market(name: str) -> str:
    """Return a market as people call it."""
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def markets(sport: str) -> list[tuple[str, str]]:
    """Return the markets of a sport as (name, title)."""
    return [(found.name, market(found.name)) for found in MARKETS.values() if found.sport == sport]


def book(key: str | None) -> str:
    """Return a book as people call it."""
    return MISSING if key is None else book_title(key)


def reason(code: str) -> str:
    """Return a reason code as words."""
    return " ".join(word if word in _KEPT else word.lower() for word in code.split("_"))


def commands(text: str) -> Markup:
    """Return a text for a page, with what stands in backquotes drawn as something to type."""
    parts = [f"<code>{part}</code>" if n % 2 else str(part) for n, part in enumerate(escape(text).split("`"))]
    return Markup("".join(parts))  # noqa: S704 - every part was escaped


def sentence(text: str) -> str:
    """Return a text with a capital letter at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def day(value: GameDay | date) -> str:
    """Return a game day as `Friday 24 October 2025`."""
    found = value.date if isinstance(value, GameDay) else value
    return f"{found:%A} {found.day} {found:%B} {found.year}"


def short_day(value: GameDay | date, beside: GameDay | None = None) -> str:
    """Return a game day as `Fri 24 Oct`, with its year beside a day of another one."""
    found = value.date if isinstance(value, GameDay) else value
    year = f" {found.year}" if beside is not None and beside.date.year != found.year else ""
    return f"{found:%a} {found.day} {found:%b}{year}"


def eastern(instant: datetime | None) -> str:
    """Return an instant as `7:30 PM ET`."""
    if instant is None:
        return MISSING
    local = instant.astimezone(EASTERN)
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'} ET"


def utc(instant: datetime | None) -> str:
    """Return an instant as `2025-10-24 17:00:05 UTC`."""
    return MISSING if instant is None else f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(instant: datetime | None) -> str:
    """Return an instant as `17:00:05 UTC`; its day is elsewhere."""
    return MISSING if instant is None else f"{instant.astimezone(UTC):%H:%M:%S} UTC"


def clock_of(instant: datetime, day: GameDay) -> str:
    """Return an instant of a game day as `17:00:05 UTC`, with its date when that is another."""
    return clock(instant) if GameDay.of_instant(instant) == day else utc(instant)


def iso(instant: datetime | None) -> str:
    """Return an instant as programs read it."""
    return "" if instant is None else instant.astimezone(UTC).isoformat()


def span(length: timedelta) -> str:
    """Return a length of time in its two largest units: `3 h 14 min`."""
    seconds = max(0, int(length.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days > 1:
        return f"{days:,} days"
    if days:
        return f"1 day {hours} h"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def ago(instant: datetime | None, now: datetime) -> str:
    """Return how long ago an instant was: `4 min ago`."""
    if instant is None:
        return "never"
    return f"{span(now - instant)} ago" if instant <= now else f"in {span(instant - now)}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 game`, `12 games`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
