"""Name resolution: first hit wins, and an ambiguous key is nobody's."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.identity import name_key
from propcast.sources import names
from propcast.tables.reference import PLAYER_ALIASES
from propcast.tables.schema import INSTANT

NOW = datetime(2024, 11, 20, 18, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
NO_ALIASES = PLAYER_ALIASES.empty()


def appeared(*people: tuple[int, str, str, datetime]) -> pl.DataFrame:
    return pl.DataFrame(
        [("nba", player, name_key(name), team, at) for player, name, team, at in people],
        schema={"sport": pl.String, "player_id": pl.Int64, "name_key": pl.String, "team": pl.String,
                "observed_at": INSTANT},
        orient="row",
    )  # fmt: skip


def mentioned(raw_name: str, person_id: int | None = None, at: datetime = NOW) -> pl.DataFrame:
    return pl.DataFrame(
        [("nba", "vendor", "v1", raw_name, person_id, "AAA", "BBB", at)],
        schema={"sport": pl.String, "vendor": pl.String, "vendor_event_id": pl.String, "raw_name": pl.String,
                "person_id": pl.Int64, "home": pl.String, "away": pl.String, "known_at": INSTANT},
        orient="row",
    )  # fmt: skip


def alias(name: str, participant_id: str, vendor: str = "vendor") -> pl.DataFrame:
    row = {"sport": "nba", "vendor": vendor, "name_key": name_key(name), "participant_id": participant_id}
    return pl.DataFrame([{**row, "added_by": "test", "added_at": NOW}], schema=PLAYER_ALIASES.schema)


def resolved(mention: pl.DataFrame, people: pl.DataFrame, aliases: pl.DataFrame = NO_ALIASES) -> str | None:
    answer: str | None = names.resolve(mention, people, aliases)["participant_id"].item()
    return answer


def test_the_vendors_own_id_wins_over_everything() -> None:
    people = appeared((1, "Ivo Marsh", "AAA", YESTERDAY))
    assert resolved(mentioned("Ivo Marsh", person_id=7), people, alias("Ivo Marsh", "nba:9")) == "nba:7"


def test_a_key_unique_among_the_two_rosters_resolves() -> None:
    people = appeared((1, "Ivo Mársh Jr.", "BBB", YESTERDAY), (2, "Ivo Marsh", "CCC", YESTERDAY))
    assert resolved(mentioned("Ivo Marsh"), people) == "nba:1"


def test_two_bearers_on_the_rosters_are_unresolved_never_the_first_one() -> None:
    people = appeared((1, "Ivo Marsh", "AAA", YESTERDAY), (2, "Ivo Marsh", "BBB", YESTERDAY))
    answer = names.resolve(mentioned("Ivo Marsh"), people, NO_ALIASES)
    assert answer["participant_id"].item() is None
    assert answer["candidates"].to_list() == [["nba:1", "nba:2"]]


def test_the_roster_is_that_of_the_time_not_of_later() -> None:
    people = appeared((1, "Ivo Marsh", "AAA", NOW + timedelta(hours=1)))
    assert resolved(mentioned("Ivo Marsh"), people) is None
    assert resolved(mentioned("Ivo Marsh", at=NOW + timedelta(hours=1)), people) == "nba:1"


def test_a_traded_player_is_on_his_latest_teams_roster_only() -> None:
    people = appeared((1, "Ivo Marsh", "AAA", YESTERDAY - timedelta(days=9)), (1, "Ivo Marsh", "CCC", YESTERDAY))
    assert resolved(mentioned("Ivo Marsh"), people) is None


def test_the_vendors_alias_comes_before_the_one_for_all_vendors() -> None:
    both = pl.concat([alias("Big Ivo", "nba:1"), alias("Big Ivo", "nba:2", vendor="*")])
    assert resolved(mentioned("Big Ivo"), appeared(), both) == "nba:1"
    assert resolved(mentioned("Big Ivo"), appeared(), both.filter(pl.col("vendor") == "*")) == "nba:2"


def test_an_alias_of_another_vendor_decides_nothing() -> None:
    assert resolved(mentioned("Big Ivo"), appeared(), alias("Big Ivo", "nba:1", vendor="other")) is None


def test_likeness_proposes_candidates_and_decides_nothing() -> None:
    answer = names.resolve(mentioned("I. Marsh"), appeared((1, "Ivo Marsh", "AAA", YESTERDAY)), NO_ALIASES)
    assert answer["participant_id"].item() is None
    assert answer["candidates"].to_list() == [["nba:1"]]


def test_a_generation_suffix_after_a_comma_is_no_first_name() -> None:
    assert name_key("Xander Tillo, Sr.") == name_key("Xander Tillo")
    assert name_key("Tillo, Xander") == name_key("Xander Tillo")


def test_the_queue_has_one_entry_per_spelling_and_event_with_its_span() -> None:
    later = NOW + timedelta(hours=2)
    answers = names.resolve(pl.concat([mentioned("Big Ivo"), mentioned("Big Ivo", at=later)]), appeared(), NO_ALIASES)
    entry = names.queue(answers.with_columns(pl.col("known_at").alias("observed_at"))).row(0, named=True)
    assert (entry["raw_name"], entry["n_rows"], entry["status"]) == ("Big Ivo", 2, "open")
    assert (entry["first_seen"], entry["last_seen"]) == (NOW, later)


people_strategy = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.sampled_from(["Ivo Marsh", "Ivo Marsh Jr.", "Abe Lund"]),
        st.sampled_from(["AAA", "BBB", "CCC"]),
        st.integers(0, 5).map(lambda hours: NOW + timedelta(hours=hours - 3)),
    ),
    max_size=12,
    unique_by=lambda person: (person[0], person[3]),
)


@given(people_strategy)
def test_resolution_agrees_with_an_oracle_and_never_chooses_an_ambiguous_key(
    people: list[tuple[int, str, str, datetime]],
) -> None:
    """Against a brute-force reading of the rule: latest known team per player, exactly one bearer on the rosters."""
    bearers = set()
    for player in {person[0] for person in people}:
        known = sorted((at, team) for who, _, team, at in people if who == player and at <= NOW)
        is_bearer = any(name_key(name) == "ivomarsh" for who, name, _, _ in people if who == player)
        if known and known[-1][1] in ("AAA", "BBB") and is_bearer:
            bearers.add(player)
    expected = f"nba:{bearers.pop()}" if len(bearers) == 1 else None
    assert resolved(mentioned("Ivo Marsh"), appeared(*people)) == expected


@pytest.mark.proves("L22")
@given(st.lists(st.sampled_from(["Ivo Marsh", "Nobody Known"]), min_size=1, max_size=6))
def test_every_mention_comes_back_once_in_its_order(spellings: list[str]) -> None:
    mentions = pl.concat([mentioned(spelling) for spelling in spellings])
    answer = names.resolve(mentions, appeared((1, "Ivo Marsh", "AAA", YESTERDAY)), NO_ALIASES)
    assert answer["raw_name"].to_list() == spellings
