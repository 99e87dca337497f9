"""What a sport plugs into the pipeline: its tables and its pure functions, one record each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.tables.features import FeatureContract
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES
from propcast.tables.schema import Table

Frames = Mapping[str, pl.DataFrame]
"""Frames by table name."""


@dataclass(frozen=True)
class Analytics:
    """Analytics frames by table name, and per table the rows that were held back."""

    frames: dict[str, pl.DataFrame]
    held: dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Quoted:
    """Whom the market quotes, as of each event's moment: contexts are made from this.

    Attributes:
        as_of: event_id, as_of.
        states: the latest state of every offer known at as_of; `not_in_force` says why one does not stand.
        history: event_id, player_id, game_day, played: who was quoted and whether he played.
    """

    as_of: pl.DataFrame
    states: pl.DataFrame
    history: pl.DataFrame


@dataclass(frozen=True)
class MarketView:
    """What the market says, as of each event's moment: features are made from this.

    Attributes:
        consensus: CONSENSUS_LINES rows.
        closing: CLOSING_LINES rows of earlier days and of this range.
    """

    consensus: pl.DataFrame
    closing: pl.DataFrame

    @classmethod
    def nothing(cls) -> "MarketView":
        """Return the view of a market that said nothing: for training, which looks at no quote."""
        return cls(CONSENSUS_LINES.empty(), CLOSING_LINES.empty())


@dataclass(frozen=True)
class SportPlan:
    """One sport's tables and functions; adding a sport is adding one of these.

    Attributes:
        raw: tables that analytics is built from.
        analytics: tables that it writes.
        results: the analytics table that holds what participants did.
        context: the context table.
        profile_inputs: raw tables that precompute reads besides analytics.
        profiles: profile tables that precompute writes.
        history_seasons: how many seasons before the current one features may look at.
        void_reason: why a bet on somebody who did not take part is void.
    """

    sport: Sport
    contract: FeatureContract
    raw: tuple[Table, ...]
    analytics: tuple[Table, ...]
    results: Table
    context: Table
    features: Table
    training: Table
    profile_inputs: tuple[Table, ...]
    profiles: tuple[Table, ...]
    history_seasons: int
    void_reason: str
    build_analytics: Callable[[Frames], Analytics]
    build_profiles: Callable[[pl.DataFrame, Frames, MarketView], dict[str, pl.DataFrame]]
    build_contexts: Callable[[pl.DataFrame, Frames, Quoted], pl.DataFrame]
    scored_contexts: Callable[[pl.DataFrame, Frames], pl.DataFrame]
    build_features: Callable[[Sequence[Market], pl.DataFrame, Frames, MarketView], pl.DataFrame]
    took_part: pl.Expr
