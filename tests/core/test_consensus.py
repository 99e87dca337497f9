"""The consensus, main lines, prediction lines and best prices."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.core.implied import implied_mean, p_over_at
from propcast.core.lines import consensus, consensus_at, line_states, prediction_lines
from propcast.core.markets import market
from propcast.core.odds import devig, implied_probability
from propcast.tables.contract import split
from propcast.tables.forecasts import CONSENSUS_LINES
from tests.core.builders import NOON, Row, minutes_before, moment, poll, polls, quote, quotes

ALTERNATE: Row = {"is_alternate": True}
DFS: Row = {"book_type": "dfs"}
POINTS = market("points")


def active(*rows: Row) -> pl.DataFrame:
    return quotes(*rows).with_columns(pl.lit(NOON).dt.cast_time_unit("us").alias("as_of"))


def opinion(*rows: Row) -> Row:
    return consensus(active(*rows)).row(0, named=True)


def implied(line: float, over: int, under: int) -> float:
    fair = devig(implied_probability(np.array([float(over)])), implied_probability(np.array([float(under)])))
    return float(implied_mean(POINTS, np.array([line]), fair)[0])


def test_books_with_different_lines_meet_at_the_median_implied_mean() -> None:
    found = opinion(quote("a", 20.5, -110, -110), quote("b", 21.5, -105, -115), quote("c", 22.5, 110, -140))
    means = [implied(20.5, -110, -110), implied(21.5, -105, -115), implied(22.5, 110, -140)]
    assert found["implied_mean"] == pytest.approx(np.median(means))
    assert found["line_consensus"] == 21.5
    assert found["p_over_devig"] == pytest.approx(
        p_over_at(POINTS, np.median(means, keepdims=True), np.array([21.5]))[0]
    )
    assert found["n_books"] == 3
    assert found["line_std"] == pytest.approx(1.0)
    assert found["devig_method"] == "probit"
    assert found["reasons"] == []


def test_the_main_line_of_a_book_is_the_two_sided_line_nearest_even() -> None:
    main = quote("a", 20.5, -120, 100)
    found = opinion(main, quote("a", 18.5, -200, 160, **ALTERNATE), quote("a", 21.5, 105, None, **ALTERNATE))
    assert found["line_modal"] == 20.5
    assert found["quote_ids"] == [main["quote_id"]]


def test_of_two_lines_as_near_to_even_the_lower_one_is_the_main_line() -> None:
    assert opinion(quote("a", 21.5, -105, -115), quote("a", 20.5, -115, -105))["line_modal"] == 20.5


def test_the_modal_line_is_the_most_frequent_and_then_the_one_nearest_the_median() -> None:
    voted = zip("abcde", (20.5, 20.5, 22.5, 23.5, 24.5), strict=True)
    assert opinion(*(quote(book, line) for book, line in voted))["line_modal"] == 20.5
    split_vote = zip("abc", (19.5, 21.5, 25.5), strict=True)
    assert opinion(*(quote(book, line) for book, line in split_vote))["line_modal"] == 21.5


def test_an_exchange_offers_a_real_price_and_is_no_sportsbook() -> None:
    rows = [quote("a"), quote("swap", 20.5, 105, -125, book_type="exchange")]
    assert opinion(*rows)["n_books"] == 1
    assert lines(*rows)["over_book"].to_list() == ["swap"]


def test_the_consensus_line_is_one_that_somebody_quotes() -> None:
    assert opinion(quote("a", 20.5), quote("b", 21.5))["line_consensus"] == 20.5


def test_one_book_alone_is_an_opinion_with_a_reason() -> None:
    found = opinion(quote())
    assert (found["n_books"], found["reasons"], found["line_std"]) == (1, ["TOO_FEW_BOOKS"], None)
    assert found["implied_mean"] is not None


def test_dfs_lines_are_information_and_their_prices_are_not() -> None:
    found = opinion(quote("pick", 20.5, -137, -137, **DFS), quote("dog", 21.5, -10000, 100, **DFS))
    prices = [found[c] for c in ("implied_mean", "p_over_devig", "hold_median", "line_std")]
    assert prices == [None] * 4
    assert (found["line_modal"], found["line_consensus"]) == (20.5, 20.5)
    assert (found["n_books"], found["n_dfs"], found["reasons"]) == (0, 2, ["DFS_ONLY"])


def test_dfs_quotes_do_not_move_a_sportsbook_consensus() -> None:
    books = [quote("a", 20.5), quote("b", 20.5, -120, 100)]
    alone, joined = opinion(*books), opinion(*books, quote("pick", 30.5, -137, -137, **DFS))
    assert {k: v for k, v in joined.items() if k != "n_dfs"} == {k: v for k, v in alone.items() if k != "n_dfs"}


@pytest.mark.parametrize(
    ("over", "under", "reason"), [(-110, None, "ONE_SIDED"), (None, -110, "ONE_SIDED"), (120, 110, "CROSSED_QUOTE")]
)
def test_what_cannot_be_devigged_has_no_part_in_the_consensus(over: int | None, under: int | None, reason: str) -> None:
    broken = quote("b", 25.5, over, under)
    assert opinion(quote("a"), broken)["implied_mean"] == opinion(quote("a"))["implied_mean"]
    assert opinion(broken)["reasons"] == [reason]
    assert opinion(broken)["implied_mean"] is None


@pytest.mark.proves("L39")
@settings(max_examples=25)
@given(pairs=st.lists(st.sampled_from([(-110, -110), (-130, 100), (105, -135), (-150, 120)]), min_size=3, max_size=3))
def test_mirrored_quotes_at_one_line_mirror_the_consensus(pairs: list[tuple[int, int]]) -> None:
    there = opinion(*(quote(b, 20.5, o, u) for b, (o, u) in zip("abc", pairs, strict=True)))
    back = opinion(*(quote(b, 20.5, u, o) for b, (o, u) in zip("abc", pairs, strict=True)))
    assert there["p_over_devig"] + back["p_over_devig"] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.proves("L39")
def test_markets_of_one_player_never_mix() -> None:
    found = consensus(active(quote("a", 20.5), quote("a", 6.5, market="assists"), quote("b", 7.5, market="assists")))
    assert found.select("market", "line_modal", "n_books").rows() == [("assists", 6.5, 2), ("points", 20.5, 1)]


def test_opening_values_are_the_first_consensus_ever_seen() -> None:
    late = minutes_before(5)
    rows = quotes(quote("a", 20.5), quote("b", 20.5, -120, 100), quote("a", 22.5, observed_at=late),
                  quote("a", 20.5, observed_at=late, is_open=False), quote("c", 22.5, observed_at=late))  # fmt: skip
    states = line_states(rows, polls(poll(NOON, "a", "b"), poll(late, "a", "c")), moment(late))
    found = consensus_at(rows, states, moment(late)).row(0, named=True)
    first = opinion(quote("a", 20.5), quote("b", 20.5, -120, 100))
    assert (found["line_open"], found["implied_mean_open"]) == (20.5, pytest.approx(first["implied_mean"]))
    assert found["line_consensus"] == 22.5


def test_a_dfs_line_seen_first_is_not_where_the_sportsbooks_opened() -> None:
    rows = quotes(quote("pick", 18.5, **DFS), quote("a", 20.5, observed_at=minutes_before(5)))
    asked = polls(poll(NOON, "pick"), poll(minutes_before(5), "a", "pick"))
    at = moment(minutes_before(5))
    assert consensus_at(rows, line_states(rows, asked, at), at)["line_open"].to_list() == [20.5]


def test_the_consensus_fits_its_table_whatever_the_quotes() -> None:
    rows = [quote("a"), quote("b", subject="nba:2", **DFS), quote("a", 5.5, -110, None, subject="nba:3")]
    found = consensus(active(*rows))
    assert found.columns == list(CONSENSUS_LINES.schema)
    assert split(CONSENSUS_LINES, CONSENSUS_LINES.conform(found)).bad.is_empty()
    assert consensus(active()).columns == found.columns


def lines(*rows: Row) -> pl.DataFrame:
    return prediction_lines(active(*rows), consensus(active(*rows)))


@pytest.mark.proves("L37")
@settings(max_examples=40)
@given(
    offers=st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from([19.5, 20.0, 20.5, 24.5])),
        st.tuples(st.sampled_from([-120, None]), st.sampled_from([100, -110, None])),
        min_size=1,
    )
)
def test_every_line_is_quoted_on_both_sides_by_somebody(
    offers: dict[tuple[str, float], tuple[int | None, int | None]],
) -> None:
    """No invented grid, no line kept back, and prices carry the quote that they come from."""
    rows = [quote(book, line, over, under) for (book, line), (over, under) in offers.items()]
    found = lines(*rows)
    two_sided = {line for (_, line), (over, under) in offers.items() if over is not None and under is not None}
    assert found["line"].to_list() == sorted(two_sided)
    quoted = {str(r["quote_id"]): (r["line"], r["over_price"], r["under_price"]) for r in rows}
    for row in found.iter_rows(named=True):
        assert quoted[row["over_quote_id"]][:2] == (row["line"], row["over_price"])
        assert (quoted[row["under_quote_id"]][0], quoted[row["under_quote_id"]][2]) == (row["line"], row["under_price"])


def test_the_modal_line_is_marked_once() -> None:
    found = lines(quote("a", 20.5), quote("b", 20.5), quote("c", 22.5), quote("a", 25.5, 200, -260, **ALTERNATE))
    assert found.filter("is_modal_line")["line"].to_list() == [20.5]
    assert found["n_books"].to_list() == [3, 3, 3]


def test_the_best_price_is_taken_per_side_at_exactly_that_line() -> None:
    found = lines(quote("a", 20.5, -120, 100), quote("b", 20.5, -105, -115), quote("c", 21.5, 150, -190))
    best = found.filter(pl.col("line") == 20.5).row(0, named=True)
    assert (best["over_book"], best["over_price"]) == ("b", -105)
    assert (best["under_book"], best["under_price"]) == ("a", 100)


def test_synthetic_and_crossed_prices_are_never_the_best() -> None:
    found = lines(
        quote("a", 20.5), quote("pick", 20.5, 100, 100, **DFS), quote("b", 20.5, 140, 150), quote("b", 19.5, 140, 150)
    )
    assert found.select("line", "over_book", "under_book", "reasons").rows() == [
        (19.5, None, None, ["CROSSED_QUOTE"]),
        (20.5, "a", "a", []),
    ]


def test_every_distinct_dfs_line_is_a_prediction_line_without_price() -> None:
    found = lines(quote("pick", 20.5, -137, -137, **DFS), quote("dog", 21.5, -137, -137, **DFS))
    assert found.select("line", "is_modal_line", "n_books", "over_price", "reasons").rows() == [
        (20.5, True, 0, None, ["DFS_ONLY"]),
        (21.5, False, 0, None, ["DFS_ONLY"]),
    ]


def test_the_order_of_quotes_changes_nothing() -> None:
    rows = [
        quote(b, x, o, u)
        for b, x, o, u in zip(
            "abcd", (20.5, 21.5, 20.5, 21.5), (-110, 100, -120, -105), (-110, -130, 100, -115), strict=True
        )
    ]
    assert consensus(active(*rows)).equals(consensus(active(*reversed(rows))))
    assert lines(*rows).equals(lines(*reversed(rows)))
