"""Windows end with their row, and a reader sees only days before its cutoff."""

from datetime import UTC, date, datetime, timedelta
from statistics import stdev

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.analytics.windows import (
    GAME_DAY,
    GAME_NO,
    attach,
    before,
    by_knowledge,
    cutoff_day,
    day_states,
    in_order,
    last_count,
    last_mean,
    last_ratio,
    last_slope,
    last_std,
    last_sum,
    pooled,
    within_days,
)

FIRST = date(2024, 1, 1)

rows = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 20), st.one_of(st.none(), st.integers(0, 50))), min_size=1, max_size=40
)
asks = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 25), st.integers(-40, 60)), min_size=1, max_size=15)


def games(listed: list[tuple[int, int, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "player": [p for p, _, _ in listed],
            GAME_DAY: [FIRST + timedelta(days=d) for _, d, _ in listed],
            "event_id": [f"e{i:03d}" for i in range(len(listed))],
            "x": [None if x is None else float(x) for _, _, x in listed],
        },
        schema_overrides={"x": pl.Float64},
    )


def contexts(listed: list[tuple[int, int, int]]) -> pl.DataFrame:
    """Contexts of (player, day, hours from midnight UTC of the day to `as_of`)."""
    days = [FIRST + timedelta(days=d) for _, d, _ in listed]
    moments = [
        datetime(d.year, d.month, d.day, tzinfo=UTC) + timedelta(hours=h)
        for d, (_, _, h) in zip(days, listed, strict=True)
    ]
    frame = pl.DataFrame({"player": [p for p, _, _ in listed], GAME_DAY: days, "as_of": moments})
    return frame.with_columns(pl.col("as_of").dt.cast_time_unit("us"), cutoff_day())


@pytest.mark.proves("E1", "E2", "L34")
@given(rows, asks)
def test_before_equals_a_search_of_every_earlier_game(
    listed: list[tuple[int, int, int | None]], asked: list[tuple[int, int, int]]
) -> None:
    """The joined sum is that of the games of earlier days known at `as_of`: nothing of the day itself or later."""
    frame = games(listed)
    states = day_states(in_order(frame, ["player"]).with_columns(last_sum(pl.col("x")).alias("total")))
    found = before(contexts(asked), states.select("player", GAME_DAY, "total"), ["player"])["total"].to_list()
    for (player, day, hours), total in zip(asked, found, strict=True):
        as_of = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day, hours=hours)
        known = [
            x
            for p, d, x in listed
            if p == player and d < day and datetime(2024, 1, 1, 8, tzinfo=UTC) + timedelta(days=d + 1) <= as_of
        ]
        assert total == (sum(x or 0 for x in known) if known else None)


@pytest.mark.proves("E1", "L34")
@pytest.mark.parametrize(("hours", "cutoff"), [(-16.1, 7), (-16, 8), (7.9, 8), (8, 9), (22, 9), (31, 9), (60, 9)])
def test_the_cutoff_is_the_last_day_known_and_never_the_day_itself(hours: float, cutoff: int) -> None:
    """Day 10 asked at hours from its midnight UTC: results of a day are known from 08:00 UTC of the next."""
    moment = datetime(2024, 1, 10, tzinfo=UTC) + timedelta(hours=hours)
    asked = pl.DataFrame({GAME_DAY: [date(2024, 1, 10)], "as_of": [moment]})
    assert asked.select(cutoff_day()).item() == date(2024, 1, cutoff)


@given(rows, st.integers(1, 12))
def test_windows_equal_slow_ones(listed: list[tuple[int, int, int | None]], n: int) -> None:
    """Sum, count, mean and sd over the last n games equal a loop over them."""
    x = pl.col("x")
    frame = in_order(games(listed), ["player"]).with_columns(
        last_sum(x, n).alias("sum"),
        last_count(x, n).alias("count"),
        last_mean(x, n, 2).alias("mean"),
        last_std(x, n, 2).alias("sd"),
    )
    for player in frame["player"].unique():
        own = frame.filter(pl.col("player") == player).to_dicts()
        for i, row in enumerate(own):
            window = [r["x"] for r in own[max(0, i - n + 1) : i + 1] if r["x"] is not None]
            assert row["sum"] == sum(window)
            assert row["count"] == len(window)
            assert row["mean"] == (pytest.approx(sum(window) / len(window)) if len(window) >= 2 else None)
            assert row["sd"] == (pytest.approx(stdev(window), abs=1e-6) if len(window) >= 2 else None)


def test_slope_is_per_game_oldest_first() -> None:
    """A player who adds two a game has slope +2."""
    frame = in_order(games([(1, d, 2 * d) for d in range(6)]), ["player"])
    assert frame.select(last_slope(pl.col("x"), 10, 5)).to_series().to_list() == [None] * 4 + [2.0, 2.0]


def test_ratio_is_of_sums_over_games_that_have_both() -> None:
    """Σx/Σy leaves out a game without y; a zero denominator is null."""
    frame = in_order(games([(1, 0, 4), (1, 1, 6), (1, 2, 100)]), ["player"])
    y = pl.when(pl.col(GAME_NO) < 3).then(2.0)
    assert frame.select(last_ratio(pl.col("x"), y, 10, 1)).to_series().to_list() == [2.0, 2.5, 2.5]
    assert frame.select(last_ratio(pl.col("x"), 0 * y, 10, 1)).to_series().null_count() == 3


@pytest.mark.parametrize(("total", "n", "prior", "expected"), [(60, 3, 10, 12.5), (None, 0, 10, 10), (60, 3, None, 20)])
def test_pooled_stands_on_either_part_alone(total: int | None, n: int, prior: int | None, expected: float) -> None:
    """(Σ + k·prior)/(n + k); without own games the prior, without a prior the mean."""
    frame = pl.DataFrame({"t": [total], "n": [n], "p": [prior]}, schema_overrides={"t": pl.Float64, "p": pl.Float64})
    assert frame.select(pooled(pl.col("t"), pl.col("n"), pl.col("p"), 9)).item() == expected


@pytest.mark.proves("L34")
def test_the_game_day_itself_is_outside_every_day_window() -> None:
    """A week before day d holds d − 7 to d − 1: neither d nor d − 8."""
    frame = in_order(games([(1, day, 1) for day in (2, 3, 9, 10)]), ["player"])
    totals = day_states(frame.with_columns(last_sum(pl.col("x")).alias("n"))).select("player", GAME_DAY, "n")
    assert within_days(contexts([(1, 10, 20)]), totals, ["player"], 7)["n"].to_list() == [2.0]
    assert within_days(contexts([(2, 10, 20)]), totals, ["player"], 7)["n"].to_list() == [0.0]


@pytest.mark.proves("E1", "L34")
def test_a_late_correction_is_invisible_before_it_was_known() -> None:
    """A row observed after the usual hour counts from its own observation on, and hides nothing else."""
    known = [datetime(2024, 1, 2, 8, tzinfo=UTC), datetime(2024, 1, 5, 12, tzinfo=UTC)]
    frame = games([(1, 0, 10), (1, 1, 5)]).with_columns(pl.Series("observed_at", known).dt.cast_time_unit("us"))
    asked = contexts([(1, 4, 11), (1, 4, 13)])

    def total(part: pl.DataFrame, visible: pl.DataFrame) -> pl.DataFrame:
        states = day_states(in_order(visible, ["player"]).with_columns(last_sum(pl.col("x")).alias("total")))
        return attach(part, states.select("player", GAME_DAY, "total"), ["player"])

    seen = pl.concat([total(part, visible) for part, (visible,) in by_knowledge(asked, [frame])]).sort("as_of")
    assert seen["total"].to_list() == [10.0, 15.0]


def test_nobody_to_ask_about_is_one_empty_part_also_with_late_rows() -> None:
    """A span in which nobody is quoted has contexts of nobody, whatever was corrected."""
    late = pl.Series("observed_at", [datetime(2024, 1, 5, 12, tzinfo=UTC)]).dt.cast_time_unit("us")
    frame = games([(1, 0, 10)]).with_columns(late)
    parts = list(by_knowledge(contexts([(1, 4, 11)]).clear(), [frame]))
    assert [part.height for part, _ in parts] == [0]
