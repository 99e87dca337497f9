"""What the address of a slate says: nothing beside this, each value bounded."""

from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from propcast.core.sport import Sport
from propcast.pipeline.messages import Day

SORTS: dict[str, tuple[str, list[pl.Expr]]] = {
    "ev": ("EV", [pl.max_horizontal("ev_over", "ev_under").neg()]),
    "edge": ("Edge", [pl.col("edge").neg()]),
    "mean": ("Mean", [pl.col("mean").neg()]),
    "line": ("Line", [pl.col("line").neg()]),
    "player": ("Player", [pl.col("player_name"), pl.col("market"), pl.col("line")]),
    "start": ("Start", [pl.col("starts_at"), pl.col("game"), pl.col("mean").neg()]),
}
"""Orders that may be asked for; without one bets come first, then markets by mean."""


def _unless_empty(value: object) -> object:
    """A form sends the fields that nobody filled in as empty texts."""
    return None if value == "" else value


def _or_empty(schema: dict[str, Any]) -> None:
    schema["anyOf"].append({"const": ""})


Text = Annotated[Annotated[str, Field(max_length=80)] | None, BeforeValidator(_unless_empty)]


class SlateQuery(BaseModel):
    """What the address says: nothing beside this, each value bounded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sport: Annotated[Sport, Field(description="League.")] = Sport.NBA
    date: Annotated[
        Day | None,
        BeforeValidator(_unless_empty),
        Field(description="Game day (US Eastern); the latest published.", json_schema_extra=_or_empty),
    ] = None
    market: Annotated[Text, Field(description="Only this market.", examples=["points"])] = None
    game: Annotated[Text, Field(description="Only this game, away@home.", examples=["MIN@LAL"])] = None
    player: Annotated[Text, Field(description="Only names that contain this.", examples=["doncic"])] = None
    decision: Annotated[
        Literal["bets"] | None,
        BeforeValidator(_unless_empty),
        Field(description="Only lines that are bets.", json_schema_extra=_or_empty),
    ] = None
    lines: Annotated[Literal["modal", "every"], Field(description="One line per participant and market, or all.")] = (
        "modal"
    )
    sort: Annotated[
        Literal["ev", "edge", "mean", "line", "player", "start"] | None,
        BeforeValidator(_unless_empty),
        Field(description="Order; bets first, then markets by mean, unless told.", json_schema_extra=_or_empty),
    ] = None
    page: Annotated[int, Field(ge=1, le=100_000, description="Page of the table; data formats have all rows.")] = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered out."""
        return any((self.market, self.game, self.player, self.decision))
