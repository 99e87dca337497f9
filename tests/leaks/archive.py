"""The raw tables of a world, what they looked like at a moment, and what is built from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Condition, In
from propcast.core.gameday import GameDay, previous_season
from propcast.core.sport import Sport
from propcast.pipeline.analytics import build_analytics
from propcast.pipeline.linebook import build_line_book, market_view, quoted_by, read_board
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.tables.analytics import EVENTS
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES, RAW_VENDOR_EVENTS
from propcast.tables.registry import ALL
from propcast.tables.schema import Table
from tests.leaks.shelf import Shelf, store_on
from tests.leaks.worlds import MARKETS

LINE_BOOK_DAYS = 40
"""How many days of closes before the slate are kept: more than ten games of everybody."""

Frames = dict[str, pl.DataFrame]

# What says which thing a row is about; the rest of a row is what happened to it.
_IDENTITY = (
    *("season", "season_type", "game_day", "observed_at", "source", "team", "opponent", "is_home", "home", "away"),
    *("game_id", "sport", "vendor", "vendor_event_id", "batting_team", "pitching_team"),
    *("player_name", "pitcher_name", "batter_name"),
)


_PEOPLE = ("player_id", "pitcher_id", "batter_id")
_ORDER = ("event_id", "player_id", "team", "park", "season", "participant_id", "quote_id")


@dataclass(frozen=True)
class Archive:
    """Every raw table of one sport over some seasons, the whole future included."""

    sport: Sport
    seasons: tuple[str, ...]
    frames: Frames

    @property
    def plan(self) -> SportPlan:
        return plan_of(self.sport)

    def with_frames(self, frames: Mapping[str, pl.DataFrame]) -> "Archive":
        return replace(self, frames={**self.frames, **frames})


def read_archive(
    backends: Backends, sport: Sport, day: GameDay, seasons_back: int = 1, *, all_markets: bool = False
) -> Archive:
    """Read the season of a day and those before it, as whole as they are stored."""
    plan, season = plan_of(sport), day.season(sport)
    seasons = tuple(previous_season(season, back) for back in range(seasons_back, -1, -1))
    tables = (*plan.raw, *plan.profile_inputs, RAW_VENDOR_EVENTS, RAW_QUOTES, RAW_QUOTE_POLLS)
    of_market: list[Condition] = [] if all_markets else [In("market", (MARKETS[sport].name,))]
    return Archive(sport, seasons, {t.name: _read(backends, t, sport, seasons, of_market) for t in tables})


def _read(
    backends: Backends, table: Table, sport: Sport, seasons: tuple[str, ...], of_market: list[Condition]
) -> pl.DataFrame:
    where: list[Condition] = [In("season", seasons)] if "season" in table.schema else []
    where += [In("sport", (sport,))] if "sport" in table.schema else []
    return backends.warehouse.read(table, where + of_market if "market" in table.schema else where)


def shuffled_after(archive: Archive, moment: datetime, seed: int = 1) -> Archive:
    """Shuffle what every row first seen after the moment says among all such rows of its table, and whom it is about.

    Games and teams stay where they are. Everybody's future is somebody else's, with numbers of yet another. Quotes of
    the future (and those of unknown time) have other lines as well; polls of the future are gone.
    """
    frames = {name: _shuffled(ALL[name], rows, moment, seed) for name, rows in archive.frames.items()}
    if archive.sport is Sport.NBA:
        frames["raw_nba_team_box"] = _adding_up(frames["raw_nba_team_box"], frames["raw_nba_player_box"])
    polls = frames[RAW_QUOTE_POLLS.name]
    frames[RAW_QUOTE_POLLS.name] = polls.filter(pl.col("poll_at") <= moment)
    return archive.with_frames(frames)


def known_at(archive: Archive, moment: datetime) -> Archive:
    """Return what of the archive had been seen at the moment.

    Vendor events stay: of an event whose start was moved later on, only the last state is read.
    """
    seen = dict.fromkeys(archive.frames, "observed_at") | {RAW_QUOTE_POLLS.name: "poll_at"}
    del seen[RAW_VENDOR_EVENTS.name]
    return archive.with_frames({name: archive.frames[name].filter(pl.col(at) <= moment) for name, at in seen.items()})


def is_later(rows: pl.DataFrame, moment: datetime) -> pl.Expr:
    """Whether a row was not known at the moment; a quote of unknown time never was."""
    unknown = pl.lit("quote_id" in rows.columns)
    return (pl.col("observed_at") > moment).fill_null(unknown)


def _shuffled(table: Table, rows: pl.DataFrame, moment: datetime, seed: int) -> pl.DataFrame:
    if "observed_at" not in rows.columns:
        return rows
    later = is_later(rows, moment)
    past, future = rows.filter(~later), rows.filter(later)
    if table is RAW_QUOTES:
        return pl.concat([past, future.with_columns(*_other_quotes(seed))])
    if table is RAW_VENDOR_EVENTS:
        return pl.concat([past, future.with_columns(pl.col("starts_at") + timedelta(hours=2))])
    still = {*_IDENTITY, *_PEOPLE, *table.key}
    moved = [name for name in rows.columns if name not in still]
    said = future.select(moved).sample(fraction=1, shuffle=True, seed=seed)
    return pl.concat([past, future.with_columns(said).with_columns(*_other_people(rows, seed))])


def _other_people(rows: pl.DataFrame, seed: int) -> list[pl.Expr]:
    """Give everybody's rows to somebody else, one to one."""
    people = {name: rows[name].unique().sort() for name in _PEOPLE if name in rows.columns}
    return [pl.col(name).replace(ids, ids.shuffle(seed)) for name, ids in people.items()]


def _other_quotes(seed: int) -> list[pl.Expr]:
    said = [pl.col(name).shuffle(seed) for name in ("over_price", "under_price", "is_open")]
    return [*said, pl.col("line") + 3]


def _adding_up(team_box: pl.DataFrame, player_box: pl.DataFrame) -> pl.DataFrame:
    """Give teams the points of their players, so that shuffled games are not held back as faulty."""
    sums = player_box.group_by("event_id", "team").agg(pl.col("pts").sum().cast(pl.Int64).alias("sum"))
    theirs = sums.rename({"team": "opponent", "sum": "opp_sum"})
    joined = team_box.join(sums, on=["event_id", "team"], how="left").join(
        theirs, on=["event_id", "opponent"], how="left"
    )
    return joined.with_columns(
        pl.coalesce("sum", "pts").alias("pts"), pl.coalesce("opp_sum", "opp_pts").alias("opp_pts")
    ).select(team_box.columns)


def build(archive: Archive, day: GameDay, moment: datetime | None = None) -> Frames:
    """Build the slate of a day as of a moment (none: each event's own), with the whole archive in sight.

    Nothing is cut off before the transformations see it: they alone decide what they look at.
    """
    return slate_of(archive, analysed(archive, day), day, moment)


def analysed(archive: Archive, day: GameDay) -> Shelf:
    """Build analytics of every season, and the line book of the days around the day."""
    shelf = Shelf(archive.frames)
    store = store_on(shelf)
    build_analytics(store, archive.plan, archive.seasons)
    build_line_book(store, Span(archive.sport, day.plus(-LINE_BOOK_DAYS), day.plus(2)).within(archive.seasons[-1]))
    return shelf


def slate_of(archive: Archive, shelf: Shelf, day: GameDay, moment: datetime | None) -> Frames:
    """Build contexts, profiles, features and consensus of a day from analytics that hold the future."""
    plan, store, span = archive.plan, store_on(shelf), Span(archive.sport, day, day)
    frames = {t.name: shelf.read(t) for t in (*plan.analytics, *plan.profile_inputs, EVENTS)}
    board = read_board(store, span, moment)
    quoted, view = quoted_by(store, plan, span, board, frames[plan.results.name]), market_view(store, span, board)
    contexts = plan.build_contexts(board.events, frames, quoted)
    built = {
        "contexts": contexts.drop("starts_at"),  # the start that counts is fixed with the moment
        "features": plan.build_features([MARKETS[archive.sport]], contexts, frames, view),
        "consensus": view.consensus,
        "quotes": quoted.states.filter(pl.col("not_in_force").is_null()).drop("not_in_force"),
        **plan.build_profiles(contexts, frames, view),
    }
    return {name: rows.sort([key for key in _ORDER if key in rows.columns]) for name, rows in built.items()}


def first_start(archive: Archive, day: GameDay) -> datetime:
    """Return the earliest start among the day's quotes."""
    starts: Sequence[datetime] = (
        archive.frames[RAW_QUOTES.name].filter(pl.col("game_day") == day.date)["starts_at"].drop_nulls().to_list()
    )
    return min(starts)
