"""How far each game of a day got, from the schedule to its grades."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate, ExpectedOutput
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline import standing
from propcast.pipeline.calendar import COLUMNS
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.queries import BETS, Rows, batch_rows
from propcast.pipeline.standing import STAGES, Due, Stage, StageState
from propcast.tables.analytics import CONTEXTS, EVENTS
from propcast.tables.raw import RAW_QUOTES
from propcast.tables.schema import INSTANT

_SECOND = 2

_SCHEMA = pl.Schema({
    "sport": pl.String(), "game_day": pl.Date(), "event_id": pl.String(), "game": pl.String(), "starts_at": INSTANT,
    "status": pl.String(), "stage": pl.String(), "state": pl.String(), "got": pl.Int64(), "owed": pl.Int64(),
    "note": pl.String(),
})  # fmt: skip


@dataclass(frozen=True)
class GameFunnel:
    """One game and its stages, in order; `status` is that of the event."""

    event_id: str
    game: str
    starts_at: datetime | None
    status: str
    stages: tuple[Stage, ...]

    @property
    def worst(self) -> StageState:
        """The worst state of any stage."""
        return standing.worst(stage.state for stage in self.stages)


@dataclass(frozen=True)
class Funnel:
    """The games of one day by start, and the slate that they are published in."""

    sport: Sport
    game_day: GameDay
    as_of: datetime
    slate: CurrentSlate | None
    games: tuple[GameFunnel, ...]

    def totals(self) -> tuple[Stage, ...]:
        """Return each stage over all games; nothing when there is no game."""
        columns = zip(*(game.stages for game in self.games), strict=True)
        return tuple(standing.over_games(column) for column in columns)

    def table(self) -> pl.DataFrame:
        """Return one row per game with each stage in words."""
        rows = [(game.game, game.starts_at, *(str(stage) for stage in game.stages)) for game in self.games]
        words = dict.fromkeys(STAGES, pl.String())
        return pl.DataFrame(rows, schema={"game": pl.String(), "starts_at": INSTANT, **words}, orient="row")

    def rows(self) -> pl.DataFrame:
        """Return one row per game and stage."""
        rows = [
            (self.sport.value, self.game_day.date, game.event_id, game.game, game.starts_at, game.status,
             stage.name, stage.state.value, stage.got, stage.owed, stage.note)
            for game in self.games
            for stage in game.stages
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


@dataclass(frozen=True)
class Counts:
    """What was counted, by event; an event that is absent has none.

    Attributes:
        people: participants with a context.
        quoted: participants' markets with a quote.
        published: the same with a row in the current slate.
        abstained: those of them without any forecast.
        decided: those of them with a decision on every line.
        bets: lines that are bets.
    """

    people: Mapping[str, int]
    quoted: Mapping[str, int]
    published: Mapping[str, int]
    abstained: Mapping[str, int]
    decided: Mapping[str, int]
    bets: Mapping[str, int]


def read_funnel(backends: Backends, sport: Sport, day: GameDay, rows: Rows | None = None) -> Funnel:
    """Return how far each game of a day got; `rows` gives the slate's rows where they are at hand."""
    now, slate = backends.clock.now(), backends.ledger.current(sport, day)
    season, today, of_sport = In("season", (day.season(sport),)), In("game_day", (day.date,)), In("sport", (sport,))
    warehouse = backends.warehouse
    events = warehouse.read(EVENTS, [season, of_sport, today], columns=COLUMNS)
    people = warehouse.distinct(CONTEXTS[sport], ["event_id", "participant_id"], [season, today])
    quotes = warehouse.distinct(RAW_QUOTES, ["event_id", "subject", "market", "observed_at"], [of_sport, today])
    in_slate = (rows or partial(batch_rows, backends))(slate, CHAMPION) if slate else None
    quoted = _known(quotes, in_slate, now)
    return funnel(sport, day, events, backends.ledger.expected(sport, day), count(people, quoted, in_slate), slate, now)


def _known(quotes: pl.DataFrame, slate: pl.DataFrame | None, now: datetime) -> pl.DataFrame:
    """Return who is quoted by now, or by the moment as of which the slate was forecast if that is later.

    A simulated world holds the quotes of its whole day: those to come are nobody's to answer yet.
    """
    moment = None if slate is None or slate.is_empty() else slate.group_by("event_id").agg(pl.col("as_of").max())
    seen = quotes.with_columns(pl.lit(now, dtype=INSTANT).alias("latest"))
    if moment is not None:
        forecast = pl.col("as_of").fill_null(moment["as_of"].max())
        seen = seen.join(moment, on="event_id", how="left").with_columns(pl.max_horizontal("latest", forecast))
    is_known = pl.col("observed_at").is_null() | (pl.col("observed_at") <= pl.col("latest"))
    return seen.filter(is_known).select("event_id", "subject", "market").unique()


def count(people: pl.DataFrame, quoted: pl.DataFrame, slate: pl.DataFrame | None) -> Counts:
    """Count participants, quoted markets and the champion's slate rows by event."""
    if slate is None:
        return Counts(_by_event(people), _by_event(quoted), {}, {}, {}, {})
    asked = slate.filter("is_quoted")
    props = asked.group_by("event_id", "participant_id", "market").agg(
        (pl.col("status") == "forecast").any().alias("is_forecast"),
        pl.col("decision").is_not_null().all().alias("is_decided"),
    )
    return Counts(
        people=_by_event(people),
        quoted=_by_event(quoted),
        published=_by_event(props),
        abstained=_by_event(props.filter(~pl.col("is_forecast"))),
        decided=_by_event(props.filter("is_decided")),
        bets=_by_event(asked.filter(pl.col("decision").is_in(BETS))),
    )


def funnel(
    sport: Sport,
    day: GameDay,
    events: pl.DataFrame,
    grid: Sequence[ExpectedOutput],
    counts: Counts,
    slate: CurrentSlate | None,
    now: datetime,
) -> Funnel:
    """Return how far each game of a day got, from what is stored of it.

    Nothing is late on a day before yesterday that was never run: that is history which nobody asked to forecast.
    """
    cells = {(cell.step, cell.event_id): cell for cell in grid}
    is_watched = bool(grid) or standing.is_recent(day, now)
    games = [
        _game(row, cells, counts, Due(day, row["starts_at"], now, is_watched), is_published=slate is not None)
        for row in events.sort("starts_at", "event_id", nulls_last=True).iter_rows(named=True)
    ]
    return Funnel(sport, day, now, slate, tuple(games))


def _game(
    event: Mapping[str, object],
    cells: Mapping[tuple[str, str], ExpectedOutput],
    counts: Counts,
    due: Due,
    *,
    is_published: bool,
) -> GameFunnel:
    name = str(event["event_id"])
    lines, nothing = counts.quoted.get(name, 0), due.forecasts
    published, decided = (by.get(name, 0) if is_published else None for by in (counts.published, counts.decided))
    without = nothing if lines else standing.owing_nothing(nothing)
    reached = (
        Stage("scheduled", StageState.DONE, 1, 1, "called off" if event["status"] == "unplayed" else ""),
        standing.of_people(counts.people.get(name, 0), cells.get(("features", name)), nothing),
        standing.of_cell("features", cells.get(("features", name)), nothing),
        standing.of_lines(lines, nothing),
        standing.of_cell("forecasts", cells.get(("predictions", name)), without).noting(
            counts.abstained.get(name, 0), "abstained"
        ),
        standing.of_all("decided", decided, lines, without).noting(counts.bets.get(name, 0), "bets"),
        standing.of_all("published", published, lines, without),
        standing.of_cell(
            "graded", cells.get(("grades", name)), due.grades if published else standing.owing_nothing(due.grades)
        ),
    )
    return GameFunnel(name, _title(event), due.starts_at, str(event["status"]), reached)


def _title(event: Mapping[str, object]) -> str:
    """Return away@home, and which one it is of two on one day."""
    return f"{event['away']}@{event['home']}{' (2)' if event['game_number'] == _SECOND else ''}"


def _by_event(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.group_by("event_id").len().iter_rows())
