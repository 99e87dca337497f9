"""Leagues: streams of chance, keys and names."""

import pytest

from propcast.core.errors import InputError
from propcast.core.identity import name_key
from propcast.core.provenance import is_simulated
from propcast.core.sport import Sport
from propcast.sources.simulated.league import FIRST_SEASON, LAST_COPY, League, first_year
from propcast.sources.simulated.names import full_name


def test_a_stream_is_the_same_every_time_and_differs_by_purpose_seed_and_copy() -> None:
    league = League(Sport.NBA, 1)
    draws = [
        one.stream(purpose).random()
        for one, purpose in ((league, "a"), (league, "b"), (League(Sport.NBA, 2), "a"), (League(Sport.NBA, 1, 1), "a"))
    ]
    assert league.stream("a").random() == draws[0]
    assert len(set(draws)) == len(draws)


def test_copies_have_teams_and_events_of_their_own() -> None:
    first, later = League(Sport.NBA, 1), League(Sport.NBA, 1, 7)
    assert first.teams[2] == "BOS"
    assert later.teams[2] == "BOS~7"
    assert not set(first.teams) & set(later.teams)
    assert later.event_id("0022500001") == "nba:SIM0022500001~7"
    assert is_simulated(later.event_id("0022500001"))


def test_too_many_copies_and_too_early_seasons_are_refused() -> None:
    with pytest.raises(InputError, match=f"up to {LAST_COPY + 1} times"):
        League(Sport.NBA, 1, LAST_COPY + 1)
    with pytest.raises(InputError, match=f"the first is {FIRST_SEASON}"):
        first_year("1998-99")


def test_names_are_unique_also_when_folded_and_marked() -> None:
    """Two people never meet under one name key; a second round through the names makes them the second."""
    names = [full_name(serial, copy) for copy in (0, 3) for serial in range(10_000)]
    assert len({name_key(name) for name in names}) == len(names)
    assert all("(sim" in name for name in names)
    assert full_name(7_200) == full_name(0).replace(" (sim)", " II (sim)")
