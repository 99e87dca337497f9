"""Careers: who fills a league's places in a season, how old they are and how good, replayed from an epoch.

A season's people depend on the league and the year alone: whoever asks for more seasons finds the same ones.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.core.provenance import FIRST_PERSON
from propcast.sources.simulated.league import FIRST_SEASON, League
from propcast.sources.simulated.names import full_name

EPOCH = FIRST_SEASON - 15
"""Year in which all careers of a league begin; by the first season few of those people are left."""

SKILL = 0
"""The first trait is how good somebody is, before age."""

_PEAK_AGE, _AGE_COST = 27.5, 0.012
_DEBUT_AGES = (19, 24)
_IDS_PER_COPY = 20_000


@dataclass(frozen=True)
class Profession:
    """What people of one kind do in a league.

    Attributes:
        name: part of every random stream of it.
        places: how many people there are at a time.
        traits: how many numbers describe a person; the first is the skill.
        fixed: traits that never change: size, hand.
        number: kinds of one league count from 0, so that their people have different ids and names.
        kinds: how many kinds the league has.
        persistence: correlation of a trait with itself a year later.
    """

    name: str
    places: int
    traits: int
    fixed: tuple[int, ...] = ()
    number: int = 0
    kinds: int = 1
    persistence: float = 0.92


@dataclass(frozen=True)
class People:
    """The people of one profession in one season; every array has one row per place.

    Attributes:
        serial: who it is: nobody else of the profession ever has that number.
        age: in years.
        traits: standard normal numbers, shape (places, traits).
    """

    league: League
    profession: Profession
    serial: IntArray
    age: IntArray
    traits: FloatArray

    @property
    def talent(self) -> FloatArray:
        """Skill at this age: best in the late twenties."""
        return skill_at(self.traits[:, SKILL], self.age)

    @cached_property
    def ids(self) -> IntArray:
        """League-wide numbers of the people."""
        base = FIRST_PERSON + _IDS_PER_COPY * (self.league.copy * 3 + self.profession.number)
        return base + 30_000_000 * (self.league.sport.value == "mlb") + self.serial

    @cached_property
    def names(self) -> list[str]:
        """Fictional full names."""
        kinds, number, copy = self.profession.kinds, self.profession.number, self.league.copy
        return [full_name(serial * kinds + number, copy) for serial in self.serial.tolist()]


def skill_at(skill: FloatArray, age: IntArray) -> FloatArray:
    """Return how good somebody of that skill is at that age."""
    return skill - _AGE_COST * (age - _PEAK_AGE) ** 2 + 0.3


def people_in(league: League, profession: Profession, year: int) -> People:
    """Return who holds the places in the season that starts in a year."""
    rng = league.stream("careers", profession.name, EPOCH)
    everyone = np.ones(profession.places, dtype=bool)
    people = People(
        league,
        profession,
        serial=np.zeros(profession.places, dtype=np.int64),
        age=np.zeros(profession.places, dtype=np.int64),
        traits=np.zeros((profession.places, profession.traits)),
    )
    people, debuts = _replaced(people, everyone, 0, rng), profession.places
    for summer in range(EPOCH + 1, year + 1):
        rng = league.stream("careers", profession.name, summer)
        people = _a_year_older(people, rng)
        leaves = _leaves(people, rng)
        people, debuts = _replaced(people, leaves, debuts, rng), debuts + int(leaves.sum())
    return people


def _a_year_older(people: People, rng: np.random.Generator) -> People:
    keep = people.profession.persistence
    drawn = keep * people.traits + np.sqrt(1 - keep**2) * rng.standard_normal(people.traits.shape)
    fixed = np.isin(np.arange(people.profession.traits), people.profession.fixed)
    traits = np.where(fixed, people.traits, drawn)
    return People(people.league, people.profession, people.serial, people.age + 1, traits)


def _leaves(people: People, rng: np.random.Generator) -> BoolArray:
    """The old and the weak end their careers more often."""
    chance = 0.04 + 0.08 * (people.talent < -1.0) + 0.04 * np.clip(people.age - 32, 0, 10)
    return rng.random(people.profession.places) < chance


def _replaced(people: People, leaves: BoolArray, debuts: int, rng: np.random.Generator) -> People:
    """Fill the places of who leaves with newcomers, numbered on from `debuts`."""
    ages = rng.integers(*_DEBUT_AGES, size=people.profession.places)
    traits = rng.standard_normal(people.traits.shape)
    return People(
        people.league,
        people.profession,
        serial=np.where(leaves, debuts + np.cumsum(leaves) - 1, people.serial),
        age=np.where(leaves, ages, people.age),
        traits=np.where(leaves[:, None], traits, people.traits),
    )
