"""Market-aware features: the newest consensus known, and each old game against its own close."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import fmean

import polars as pl
import pytest

from propcast.core.markets import market
from propcast.precompute.nba.features import nba_features
from propcast.precompute.nba.inputs import NbaInputs
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES
from tests.league import nba

DAY = next(g.day for g in nba.games() if (g.season, g.round) == (2024, 20))
PLAYER, POINTS = 401, market("points")


@pytest.fixture(scope="module")
def context(contexts: pl.DataFrame) -> pl.DataFrame:
    return contexts.filter(pl.col("game_day") == DAY, pl.col("player_id") == PLAYER)


def consensus(context: pl.DataFrame, lead: timedelta, **values: object) -> pl.DataFrame:
    row = context.row(0, named=True)
    base = {
        "sport": "nba", "event_id": row["event_id"], "participant_id": row["participant_id"], "market": "points",
        "game_day": DAY, "as_of": row["as_of"] - lead, "line_consensus": 21.5, "line_modal": 21.5, "p_over_devig": 0.52,
        "devig_method": "probit", "n_books": 3, "n_dfs": 0, "line_std": 0.5, "line_open": 20.5, "quote_ids": [],
        "reasons": [],
    }  # fmt: skip
    filled = {name: (base | values).get(name) for name in CONSENSUS_LINES.schema}
    return pl.DataFrame([filled], schema=CONSENSUS_LINES.schema, orient="row")


def build(context: pl.DataFrame, inputs: NbaInputs, **frames: pl.DataFrame) -> dict[str, object]:
    return nba_features(POINTS, context, replace(inputs, **frames)).row(0, named=True)


def test_the_consensus_of_the_moment(context: pl.DataFrame, inputs: NbaInputs) -> None:
    """Line, probability, move from first seen, and the spread of at least three books."""
    found = build(context, inputs, consensus=consensus(context, timedelta(0)))
    names = ("line_consensus", "line_move", "line_std_books")
    assert [found[n] for n in names] == [21.5, 1.0, 0.5]
    assert found["p_over_devig"] == pytest.approx(0.52)
    two = build(context, inputs, consensus=consensus(context, timedelta(0), n_books=2))
    assert two["line_std_books"] is None


@pytest.mark.proves("L38")
def test_a_later_consensus_is_invisible(context: pl.DataFrame, inputs: NbaInputs) -> None:
    """The newest at or before `as_of` counts; one of a minute later does not, and alone gives null."""
    earlier = consensus(context, timedelta(hours=3), line_consensus=19.5)
    later = consensus(context, -timedelta(minutes=1), line_consensus=25.5)
    assert build(context, inputs, consensus=pl.concat([later, earlier]))["line_consensus"] == 19.5
    assert build(context, inputs, consensus=later)["line_consensus"] is None


@pytest.mark.proves("L39", "L40")
def test_another_market_or_no_quote_is_null(context: pl.DataFrame, inputs: NbaInputs) -> None:
    """Absent odds are null, never .5; a rebounds line is no points line."""
    other = consensus(context, timedelta(0), market="rebounds")
    for frame in (other, CONSENSUS_LINES.empty()):
        found = build(context, inputs, consensus=frame)
        assert found["line_consensus"] is None
        assert found["p_over_devig"] is None


def closes(inputs: NbaInputs, last: int, line: float = 10.0) -> pl.DataFrame:
    """A consensus close at `line` for the player's last games before and on the day, whichever market asks."""
    rows = inputs.player_games.filter(
        pl.col("player_id") == PLAYER, pl.col("game_day") <= DAY, pl.col("season") == "2024-25",
        pl.col("participation") == "played",
    ).sort("game_day").tail(last + 1)  # fmt: skip
    known = rows.select(
        pl.lit("nba").alias("sport"), "event_id", pl.lit(f"nba:{PLAYER}").alias("participant_id"),
        pl.lit("points").alias("market"), "game_day", pl.lit("consensus").alias("book"), pl.lit(line).alias("line"),
        pl.lit(datetime(2024, 11, 1, tzinfo=UTC)).alias("observed_at"),
        pl.lit(60.0).alias("lead_s"), pl.lit(True).alias("is_true_close"),
    )  # fmt: skip
    return CLOSING_LINES.conform(known)


@pytest.mark.proves("L34")
def test_old_games_are_compared_with_their_own_close(context: pl.DataFrame, inputs: NbaInputs) -> None:
    """Mean of stat − close over the last 10 lined games before the day; the day's own close and result stay out."""
    lined = closes(inputs, 7)
    points = (
        inputs.player_games.join(lined.select("event_id"), on="event_id")
        .filter(pl.col("player_id") == PLAYER, pl.col("game_day") < DAY)["pts"]
        .to_list()
    )
    assert len(points) == 7
    assert build(context, inputs, closing=lined)["margin_vs_line_l10"] == pytest.approx(fmean(points) - 10, rel=1e-5)


def test_under_five_lined_games_is_too_few(context: pl.DataFrame, inputs: NbaInputs) -> None:
    """Games without a line are skipped, not taken at another line."""
    assert build(context, inputs, closing=closes(inputs, 4))["margin_vs_line_l10"] is None
    one_book = closes(inputs, 7).with_columns(pl.lit("northbook").alias("book"))
    assert build(context, inputs, closing=one_book)["margin_vs_line_l10"] is None
