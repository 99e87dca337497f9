"""Consensus files → `check_consensus`, lines as they are."""

import pytest

from propcast.sources.history.reading import read_history
from propcast.tables.reference import PLAYER_ALIASES
from tests.sources.samples import Row, canonical


def rows(name: str, override: Row, *others: str) -> list[dict[str, object]]:
    frames = {name: canonical(name, override), **{other: canonical(other) for other in others}}
    reading = read_history(frames, PLAYER_ALIASES.empty())
    parsed = next(one for one in reading.files if one.name == name)
    return list(parsed.rows.good.iter_rows(named=True))


def test_a_quarter_point_median_is_kept_as_it_is() -> None:
    (row,) = rows("nba_points_consensus", {"line_median": 19.25})
    assert (row["line_median"], row["participant_id"], row["market"]) == (19.25, "nba:1", "points")


@pytest.mark.proves("L40", "E6")
@pytest.mark.parametrize("name", ["nba_points_consensus", "mlb_k_consensus"])
def test_who_did_not_play_has_no_result_and_no_zero(name: str) -> None:
    void = {"result": "void_dnp", "actual": None, "actual_minutes": None}
    scratched = {"result": "void_or_unknown", "actual_k": None, "actual_bf": None}
    (row,) = rows(name, void if name.startswith("nba") else scratched)
    assert (row["result"], row["actual"], row["workload"]) == ("void", None, None)


def test_the_event_is_found_by_teams_and_day_or_by_the_vendors_id() -> None:
    (nba,) = rows("nba_points_consensus", {}, "nba_points_lines")
    (mlb,) = rows("mlb_k_consensus", {})
    assert (nba["event_id"], nba["vendor_event_id"]) == ("nba:0022400901", "v1")
    assert (mlb["event_id"], mlb["vendor_event_id"]) == ("mlb:900001", "m1")


def test_an_event_that_nothing_tells_is_null() -> None:
    (row,) = rows("nba_points_consensus", {})
    assert row["event_id"] is None


def test_a_game_without_teams_is_held_back() -> None:
    assert rows("mlb_k_consensus", {"home_team": None}) == []
