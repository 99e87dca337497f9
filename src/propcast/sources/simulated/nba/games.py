"""The games of a season as arrays: who meets whom, on which day, and who played the day before."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, IntArray


@dataclass(frozen=True)
class Games:
    """Games in the order of the schedule.

    Attributes:
        sides: team numbers of home and away, shape (games, 2).
        days: ordinals, one per game.
        day_index: days since the season's first.
        back_to_back: whether the side played the day before, shape (games, 2).
    """

    sides: IntArray
    days: IntArray
    day_index: IntArray
    back_to_back: BoolArray

    def __len__(self) -> int:
        return len(self.days)


def games_of(schedule: pl.DataFrame) -> Games:
    """Return the arrays of a schedule (`game_day`, `home`, `away`)."""
    sides = schedule.select("home", "away").to_numpy().astype(np.int64)
    days = np.array([day.toordinal() for day in schedule["game_day"].to_list()], dtype=np.int64)
    plays = np.zeros((int(sides.max()) + 1, int(np.ptp(days)) + 2), dtype=bool)
    plays[sides, (days - days.min() + 1)[:, None]] = True
    return Games(sides, days, days - days.min(), plays[sides, (days - days.min())[:, None]])
