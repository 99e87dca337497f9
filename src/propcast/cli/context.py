"""What every command shares: the home, the backends, and the option types."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings, load_settings
from propcast.core.gameday import GameDay
from propcast.core.markets import Market, market
from propcast.core.sport import Sport


@dataclass(frozen=True)
class Invocation:
    """Where the home is; opens the backends when asked."""

    home: Path | None

    def settings(self, home: Path | None = None) -> Settings:
        """Return the settings, with the home given on the command line if there is one."""
        chosen = home or self.home
        return load_settings(home=chosen)

    def open(self, home: Path | None = None) -> Backends:
        """Open the backends of the home (or of another one)."""
        return compose(self.settings(home))


def opened(context: typer.Context) -> Backends:
    """Return the backends of this invocation."""
    invocation: Invocation = context.obj
    return invocation.open()


SportOption = Annotated[Sport, typer.Option("--sport", help="League.")]
DateOption = Annotated[
    GameDay, typer.Option("--date", parser=GameDay.parse, metavar="YYYY-MM-DD", help="Game day (US Eastern date).")
]
FromOption = Annotated[
    GameDay, typer.Option("--from", parser=GameDay.parse, metavar="YYYY-MM-DD", help="First game day.")
]
ToOption = Annotated[GameDay, typer.Option("--to", parser=GameDay.parse, metavar="YYYY-MM-DD", help="Last game day.")]
MarketOption = Annotated[Market, typer.Option("--market", parser=market, metavar="MARKET", help="Market, e.g. points.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
