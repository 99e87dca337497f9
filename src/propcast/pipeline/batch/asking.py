"""What is asked to be forecast, and what is found when it is read: named by its content, not yet begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.identity import short_hash
from propcast.core.markets import Market, markets_of
from propcast.core.policy import DEFAULT_POLICY
from propcast.core.sport import Sport
from propcast.pipeline.batch.inputs import PERSON, of_people
from propcast.pipeline.batch.partition import participants
from propcast.pipeline.batch.records import ModelPin, Participant, Pin
from propcast.pipeline.grid import settle_cells
from propcast.pipeline.messages import FeaturesReady, Trigger
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.registry import newest
from propcast.pipeline.slate import Slate, data_version, read_slate
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepResult, StepStore

PROTOCOL = "batch-2"
"""Part of every batch's identity: it changes with what the same inputs are made into."""

NOBODY = "nobody to forecast"


@dataclass(frozen=True)
class Ask:
    """What is asked to be forecast.

    Attributes:
        as_of: the moment for all events; without one each event has its own (DECISIONS 1).
        participants: how many people features were built for; fewer in the tables means that they are not all there.
        people: only these (event_id, participant_id), whose rows replace those of the current slate.
        insists: it becomes current even where a later moment is.
    """

    sport: Sport
    game_day: GameDay
    as_of: datetime | None = None
    reason: Trigger = Trigger.SCHEDULED
    participants: int | None = None
    people: tuple[tuple[str, str], ...] = ()
    insists: bool = False

    @classmethod
    def of(cls, message: FeaturesReady) -> "Ask":
        """Return what a `features-ready` asks for."""
        return cls(message.sport, message.day, message.as_of, message.reason, message.participants)


@dataclass(frozen=True)
class Prepared:
    """A slate that was read and named; nothing is written yet."""

    ask: Ask
    plan: SportPlan
    markets: tuple[Market, ...]
    slate: Slate
    models: tuple[ModelPin, ...]
    data_version: str
    batch_id: str
    people: tuple[Participant, ...]
    owed: dict[str, int]


def prepare(backends: Backends, store: StepStore, ask: Ask, markets: Sequence[Market] = ()) -> Prepared | StepResult:
    """Read what is to be forecast (all of the sport's markets unless told) and name it.

    A result instead says that there is nobody to forecast.
    """
    plan, markets = plan_of(ask.sport), tuple(markets) or markets_of(ask.sport)
    whole = read_slate(store, plan, ask.game_day, markets, ask.as_of)
    if whole.contexts.height < (ask.participants or 0):
        raise NotReady(
            f"{ask.sport} {ask.game_day} has {whole.contexts.height} of {ask.participants} contexts; look again later"
        )
    slate = of_people(whole, _still_open(whole, ask)) if ask.people else whole
    if slate.contexts.is_empty():
        cells = () if ask.people else settle_cells(ask.sport, ask.game_day, "predictions", owed_of(whole), {}, NOBODY)
        return StepResult(StepState.EMPTY_OK, NOBODY, cells=cells)
    models = _pins(newest(backends, markets, ask.game_day))
    version = data_version(plan, slate)
    batch_id = identity(ask, markets, slate, version, models)
    return Prepared(ask, plan, markets, slate, models, version, batch_id, participants(slate), owed_of(whole))


def identity(ask: Ask, markets: Sequence[Market], slate: Slate, version: str, models: Sequence[ModelPin]) -> str:
    """Return the batch's id: sport, day, reason, moment, markets, content of the inputs, models, policy, protocol."""
    as_of = slate.contexts["as_of"].max()
    ids = sorted(pin.model_id for pin in models)
    names, whom = [market.name for market in markets], sorted(ask.people)
    asked = (ask.sport, ask.game_day, ask.reason, as_of, names, whom)
    return short_hash(*asked, version, ids, DEFAULT_POLICY.version, PROTOCOL)


def owed_of(slate: Slate) -> dict[str, int]:
    """Return how many quoted participants and markets every event owes; those without a quote owe nothing."""
    quoted = slate.states.select("event_id", "subject", "market").unique().group_by("event_id").len()
    return dict.fromkeys(slate.events, 0) | dict(quoted.sort("event_id").iter_rows())


def _still_open(whole: Slate, ask: Ask) -> pl.DataFrame:
    """Return those of the people asked for whose event has not started at the moment."""
    asked = pl.DataFrame(sorted(set(ask.people)), schema=dict.fromkeys(PERSON, pl.String), orient="row")
    known = whole.contexts.join(asked, on=PERSON, how="semi")
    if known.is_empty():
        raise NotReady(f"no features of {asked.height} people stand as of {ask.as_of}; look again later")
    has_started = (pl.col("as_of") >= pl.col("starts_at")).fill_null(value=False)
    return known.filter(~has_started).select(PERSON)


def _pins(rows: pl.DataFrame) -> tuple[ModelPin, ...]:
    return tuple(
        ModelPin(row["market"], row["system"], row["model_id"], Pin(row["object_key"], row["sha256"]))
        for row in rows.iter_rows(named=True)
    )
