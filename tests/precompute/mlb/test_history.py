"""The real starts of 2023–2025: known facts, no leak, and one date equal to the backfill."""

from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from propcast.analytics.mlb.events import mlb_events
from propcast.analytics.mlb.pitcher_game import pitcher_games
from propcast.analytics.mlb.team_game import team_games
from propcast.core.markets import market
from propcast.precompute.mlb.features import mlb_features
from propcast.precompute.mlb.grid import scored_contexts
from propcast.precompute.mlb.inputs import MlbInputs
from propcast.precompute.mlb.park import park_factors
from propcast.sources.history.layout import SPECIFICATIONS
from propcast.sources.history.mlb_box import read_pitcher_games
from propcast.sources.history.parquet import read_file
from propcast.tables import analytics, precompute, raw
from propcast.tables.contract import split
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES
from propcast.tables.reference import PLAYER_ALIASES

pytestmark = pytest.mark.history


@cache
def starts(folder: Path) -> pl.DataFrame:
    frame = read_file(folder, SPECIFICATIONS["mlb_pitcher_games"])
    return read_pitcher_games(frame, PLAYER_ALIASES.empty()).rows.good


@cache
def inputs(folder: Path) -> MlbInputs:
    games = pitcher_games(starts(folder))
    return MlbInputs(
        pitcher_games=games,
        batter_games=analytics.MLB_BATTER_GAME.empty(),
        team_games=team_games(starts(folder)),
        plate_appearances=raw.RAW_MLB_PLATE_APPEARANCES.empty(),
        lineups=raw.RAW_MLB_LINEUPS.empty(),
        park_factors=park_factors(games, ["2023", "2024", "2025"]),
        consensus=CONSENSUS_LINES.empty(),
        closing=CLOSING_LINES.empty(),
    )


@cache
def contexts(folder: Path) -> pl.DataFrame:
    events = mlb_events(starts(folder), raw.RAW_VENDOR_EVENTS.empty())
    return scored_contexts(inputs(folder).pitcher_games, events)


@cache
def all_features(folder: Path) -> pl.DataFrame:
    return mlb_features(market("pitcher_strikeouts"), contexts(folder), inputs(folder))


def test_starters_of_2025_are_the_known_ones(history: Path) -> None:
    games = inputs(history).pitcher_games.filter(pl.col("season") == "2025")
    faced, total = pl.col("batters_faced"), pl.col("batters_faced").sum()
    facts = games.select(
        k_pct=pl.col("strikeouts").sum() / total,
        mean=faced.mean(),
        sd=faced.std(),
        pitches=pl.col("pitches").sum() / total,
    )
    expected = {"k_pct": 0.218, "mean": 22.0, "sd": 4.4, "pitches": 3.87}
    assert facts.row(0, named=True) == pytest.approx(expected, rel=0.01)


def test_every_frame_obeys_its_table(history: Path) -> None:
    frames = [
        (analytics.EVENTS, mlb_events(starts(history), raw.RAW_VENDOR_EVENTS.empty())),
        (analytics.MLB_PITCHER_GAME, inputs(history).pitcher_games),
        (analytics.MLB_TEAM_GAME, inputs(history).team_games),
        (analytics.MLB_PITCHER_CONTEXT, contexts(history)),
        (precompute.MLB_PARK_FACTORS, inputs(history).park_factors),
        (precompute.MLB_FEATURE_TABLE, all_features(history)),
    ]
    for table, frame in frames:
        assert split(table, frame).bad.is_empty(), table.name


def test_team_spread_against_a_hand_is_the_known_one(history: Path) -> None:
    late = all_features(history).filter(pl.col("game_day") > date(2025, 8, 1))
    assert late["opp_k_pct_vs_hand"].std() == pytest.approx(0.021, abs=0.005)
    assert late["opp_k_pct_vs_hand"].is_between(0.17, 0.28).all()


def test_every_park_has_its_own_factor(history: Path) -> None:
    factors = inputs(history).park_factors.filter(pl.col("season") == "2025")
    assert factors.height == 30
    assert not factors["park_k_factor"].eq(1).any()
    assert factors["park_k_factor"].is_between(0.89, 1.10).all()


@pytest.mark.proves("E1", "E2", "L42")
@pytest.mark.parametrize("day", [date(2023, 6, 28), date(2024, 4, 9), date(2025, 7, 2)])
def test_one_date_from_earlier_rows_alone_is_bit_identical_to_the_backfill(history: Path, day: date) -> None:
    known = inputs(history)
    before = MlbInputs(
        **{
            **vars(known),
            **{n: getattr(known, n).filter(pl.col("game_day") < day) for n in ("pitcher_games", "team_games")},
        }
    )
    slate = contexts(history).filter(pl.col("game_day") == day)
    alone = mlb_features(market("pitcher_strikeouts"), slate, before)
    assert slate.height > 20
    assert alone.equals(all_features(history).filter(pl.col("game_day") == day))


@pytest.mark.proves("L34")
def test_early_season_strikeouts_are_not_last_seasons_stale_values(history: Path) -> None:
    april = all_features(history).filter(pl.col("game_day").is_between(date(2025, 3, 27), date(2025, 4, 10)))
    assert april.filter(pl.col("starts_season") == 0)["k_avg_l5"].drop_nulls().is_empty()
    assert april["k_pct_shrunk"].null_count() == 0


def test_the_formula_of_strikeout_rate_workload_opponent_and_park_meets_its_baseline(history: Path) -> None:
    keys = ["event_id", "player_id"]
    games = inputs(history).pitcher_games
    first = games.group_by("player_id").agg(first_day=pl.col("game_day").min())
    rows = all_features(history).join(games.select(*keys, "strikeouts"), on=keys).join(first, on="player_id")
    scored = rows.filter(pl.col("season") == "2025", pl.col("game_day") > pl.col("first_day"))
    batting = pl.col("opp_k_pct_vs_hand") / scored["opp_k_pct_vs_hand"].mean()
    expected = pl.col("k_pct_shrunk") * pl.col("bf_projected") * batting * pl.col("park_k_factor")
    error = scored.select((expected - pl.col("strikeouts")).abs().mean()).item()
    assert scored.height == 4740
    assert 1.60 < error < 1.816
