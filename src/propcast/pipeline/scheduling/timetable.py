"""The timetable: the file beside this module, read and checked."""

import tomllib
from datetime import time
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from propcast.core.errors import InputError
from propcast.core.sport import Sport

PLACE = ("propcast.pipeline.scheduling", "timetable.toml")
"""Package and name of the file."""


class Days(StrEnum):
    """On which days a moment is planned."""

    ALL = "all"
    AFTER_GAMES = "after_games"
    GAMES = "games"


class Rule(BaseModel):
    """One line of the timetable: a time of the day, or so long before every start.

    Attributes:
        at: US Eastern.
        before_start_min: minutes before the start of each game.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    days: Days
    sports: tuple[Sport, ...] = tuple(Sport)
    at: time | None = None
    before_start_min: Annotated[int, Field(ge=1, le=24 * 60)] | None = None

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if (self.at is None) == (self.before_start_min is None):
            raise ValueError("a moment has either `at` or `before_start_min`")
        if self.before_start_min is not None and self.days is not Days.GAMES:
            raise ValueError('a moment before the start needs `days = "games"`')
        return self


class Timetable(BaseModel):
    """All lines, and the grid in minutes that moments are brought to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grid_min: Annotated[int, Field(ge=1, le=60)]
    moments: tuple[Rule, ...]


def parse(text: str) -> Timetable:
    """Read a timetable; one that cannot be used is an `InputError`."""
    try:
        return Timetable.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(f"the timetable cannot be used: {error}") from error


@cache
def timetable() -> Timetable:
    """Return the timetable that comes with the program."""
    package, name = PLACE
    return parse(resources.files(package).joinpath(name).read_text(encoding="utf-8"))
