"""Careers: people age, improve, decline and are replaced, the same way whoever asks."""

import numpy as np
import pytest

from propcast.core.provenance import is_simulated
from propcast.core.sport import Sport
from propcast.sources.simulated.careers import People, Profession, people_in, skill_at
from propcast.sources.simulated.league import League

PLAYER = Profession("player", places=420, traits=4, fixed=(1,))


def people(year: int, copy: int = 0) -> People:
    return people_in(League(Sport.NBA, 5, copy), PLAYER, year)


def test_a_season_has_the_same_people_whichever_was_asked_for_first() -> None:
    before = people(2024)
    people(2030)
    assert np.array_equal(people(2024).traits, before.traits)
    assert np.array_equal(people(2024).ids, before.ids)


def test_who_stays_is_a_year_older_and_much_the_same() -> None:
    earlier, later = people(2024), people(2025)
    stays = earlier.serial == later.serial
    assert 0.8 < stays.mean() < 0.97
    assert (later.age[stays] == earlier.age[stays] + 1).all()
    assert np.corrcoef(earlier.traits[stays, 0], later.traits[stays, 0])[0, 1] > 0.8
    assert np.array_equal(earlier.traits[stays, 1], later.traits[stays, 1])
    assert not np.array_equal(earlier.traits[stays, 2], later.traits[stays, 2])


def test_newcomers_are_young_and_have_new_ids() -> None:
    earlier, later = people(2024), people(2025)
    new = earlier.serial != later.serial
    assert later.age[new].max() < 24
    assert not set(later.ids[new].tolist()) & set(earlier.ids.tolist())
    assert all(is_simulated(f"nba:{person}") for person in later.ids.tolist())


def test_copies_of_a_league_share_nobody() -> None:
    assert not set(people(2025).ids.tolist()) & set(people(2025, copy=1).ids.tolist())


@pytest.mark.parametrize("age", [19, 22, 33, 38])
def test_nobody_is_better_than_in_his_late_twenties(age: int) -> None:
    prime, other = skill_at(np.zeros(1), np.array([27])), skill_at(np.zeros(1), np.array([age]))
    assert prime[0] > other[0]
