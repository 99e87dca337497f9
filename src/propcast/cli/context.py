"""What every command shares: the home, the backends, and the option types."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.core.errors import InputError
from propcast.core.gameday import GameDay, season_bounds
from propcast.core.sport import Sport

if TYPE_CHECKING:
    from propcast.backends.compose import Backends
    from propcast.backends.settings import Settings
    from propcast.core.markets import Market
    from propcast.pipeline.span import Span
    from propcast.service.supervision.place import Place


@dataclass(frozen=True)
class Invocation:
    """Where the home is; opens the backends when asked."""

    home: Path | None

    def settings(self, home: Path | None = None) -> "Settings":
        """Return the settings, with the home given on the command line if there is one."""
        from propcast.backends.settings import load_settings

        return load_settings(home=home or self.home)

    def open(self, home: Path | None = None) -> "Backends":
        """Open the backends of the home (or of another one), making its folder."""
        from propcast.backends.compose import compose

        return compose(self.settings(home))

    def existing(self) -> "Backends":
        """Open the backends of a home that is there.

        Raises:
            InputError: there is no such folder.
        """
        home = self.settings().home.expanduser()
        if home.exists() and not home.is_dir():
            raise InputError(f"{home} is a file; name the folder of a home with --home or PROPCAST_HOME")
        if not home.is_dir():
            raise InputError(
                f"there is no home at {home}; make one with `propcast --home {home} import --from DIR`, "
                "or name another with --home or PROPCAST_HOME"
            )
        return self.open()


def opened(context: typer.Context) -> "Backends":
    """Return the backends of this invocation; its home must be there."""
    invocation: Invocation = context.obj
    return invocation.existing()


def place_of(settings: "Settings") -> "Place":
    """Return where the home keeps what is known of its processes."""
    from propcast.service.supervision.place import Place

    return Place(settings.home.expanduser().absolute())


def market_of(sport: Sport, name: str) -> "Market":
    """Return a declared market of the sport; any other is an `InputError`."""
    from propcast.core.markets import market, markets_of

    found = market(name)
    if found.sport is not sport:
        known = ", ".join(each.name for each in markets_of(sport))
        raise InputError(f"{name} is a market of {found.sport}, not of {sport}; markets of {sport}: {known}")
    return found


def span_of(sport: Sport, first: GameDay, last: GameDay) -> "Span":
    """Return the span; one that ends before it begins is an `InputError`."""
    from propcast.pipeline.span import Span

    if last < first:
        raise InputError(f"--from {first} is after --to {last}; swap them")
    return Span(sport, first, last)


def season_of(sport: Sport, text: str) -> str:
    """Return the name of a season as the sport writes it; anything else is an `InputError`."""
    example = {Sport.NBA: "2024-25", Sport.MLB: "2025"}[sport]
    try:
        first, _ = season_bounds(sport, text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a season of {sport}; write it like {example}") from error
    if first.season(sport) != text:
        raise InputError(f"{text!r} is not a season of {sport}; did you mean {first.season(sport)!r}?")
    return text


SportOption = Annotated[Sport, typer.Option("--sport", help="League.")]
DateOption = Annotated[
    GameDay, typer.Option("--date", parser=GameDay.parse, metavar="YYYY-MM-DD", help="Game day (US Eastern date).")
]
FromOption = Annotated[
    GameDay, typer.Option("--from", parser=GameDay.parse, metavar="YYYY-MM-DD", help="First game day.")
]
ToOption = Annotated[GameDay, typer.Option("--to", parser=GameDay.parse, metavar="YYYY-MM-DD", help="Last game day.")]
MarketOption = Annotated[str, typer.Option("--market", metavar="MARKET", help="Market, e.g. points.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
