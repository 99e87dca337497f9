"""Which past games may stand beside tonight's, and how much each weighs.

What a target is compared with depends on the past and on himself alone, never on who else is forecast with him: a
slate and its shards get the same answer.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray, IntArray
from propcast.forecast.systems.kernel import Scale, likeness

BANDWIDTH = 1.2
MIN_SHARED = 3
ROLES = 10
GAMES_PER_ROLE = 200
OWN_GAMES = 20

EXPECTED, RESIDUAL = "expected", "residual"
_PERSON = "person"
_PEOPLE = {"participant_id": pl.String(), _PERSON: pl.Int64()}
_NOBODY = -1
_ABSENT = -1


@dataclass(frozen=True)
class Neighbours:
    """Past games beside each target (targets × games): residuals then, and weights; 0 where there is none."""

    residuals: FloatArray
    weights: FloatArray


def neighbours(slate: pl.DataFrame, earlier: pl.DataFrame, descriptors: tuple[str, ...]) -> Neighbours:
    """Return the recent games of like role and the own games of each row of the slate, weighted by likeness.

    Both frames carry `expected`; `earlier` also `residual`, never null. It holds earlier game days only.
    """
    targets, numbers = _numbered(slate)
    known, numbered = earlier.lazy(), numbers.lazy()
    recent, own = pl.collect_all(
        [
            known.filter(_is_recent(earlier["game_day"]))
            .join(numbered, on="participant_id", how="left")
            .sort("game_day", "event_id", "participant_id"),
            known.join(numbered, on="participant_id").sort(_PERSON, "game_day", "event_id"),
        ]
    )
    past = pl.concat([recent, own]).with_columns(pl.col(_PERSON).fill_null(_NOBODY))
    if not past.height:
        return Neighbours(np.zeros((slate.height, 1)), np.zeros((slate.height, 1)))
    people = past[_PERSON].to_numpy()
    of_role = _role_games(slate, recent)
    of_role = np.where(people[of_role] == targets[:, None], _ABSENT, of_role)
    of_himself = _own_games(targets, people[recent.height :], recent.height)
    index = np.concatenate([of_role, of_himself], axis=1)
    # Measured on recent games alone: own old games would tie the scale to who is on the slate.
    scale = Scale.of(_matrix(recent, descriptors))
    tonight, then = (scale.standardise(_matrix(frame, descriptors)) for frame in (slate, past))
    weights = likeness(tonight, then, index, BANDWIDTH, MIN_SHARED)
    return Neighbours(past[RESIDUAL].to_numpy()[index], np.where(index == _ABSENT, 0.0, weights))


def _numbered(slate: pl.DataFrame) -> tuple[IntArray, pl.DataFrame]:
    """Return the number of each row's person, and everybody's."""
    ids, targets = np.unique(slate["participant_id"].to_list(), return_inverse=True)
    people = pl.DataFrame({"participant_id": ids.tolist(), _PERSON: np.arange(len(ids))}, schema=_PEOPLE)
    return targets.astype(np.int64), people


def _is_recent(days: pl.Series) -> pl.Series:
    """Mark the latest days, which together hold at most twice as many games as all roles may use, but at least one."""
    physical = days.to_physical().to_numpy()
    each, games = np.unique(physical, return_counts=True)
    n = int((np.cumsum(games[::-1]) <= 2 * ROLES * GAMES_PER_ROLE).sum())
    return pl.Series(physical >= each[-max(n, 1)]) if len(each) else pl.Series(dtype=pl.Boolean())


def _role_games(slate: pl.DataFrame, recent: pl.DataFrame) -> IntArray:
    """Return row numbers of the latest games of each target's role; absent where there are fewer.

    A role is a tenth of the recent games by expectation then.
    """
    expected = recent[EXPECTED].to_numpy()
    edges = np.quantile(expected, np.linspace(0, 1, ROLES + 1)[1:-1])
    role = np.searchsorted(edges, expected, side="right")
    latest = np.full((ROLES, GAMES_PER_ROLE), _ABSENT, dtype=np.int64)
    for each in range(ROLES):
        rows = np.flatnonzero(role == each)[-GAMES_PER_ROLE:]
        latest[each, : len(rows)] = rows
    wanted = np.searchsorted(edges, slate[EXPECTED].cast(pl.Float64).fill_null(0.0).to_numpy(), side="right")
    return latest[wanted]


def _own_games(targets: IntArray, own: IntArray, offset: int) -> IntArray:
    """Return row numbers of each target's latest games; own rows, sorted by person and day, start at `offset`."""
    first = np.searchsorted(own, targets, side="left")
    last = np.searchsorted(own, targets, side="right")
    rows = last[:, None] - 1 - np.arange(OWN_GAMES)[None, :]
    return np.where(rows >= first[:, None], rows + offset, _ABSENT)


def _matrix(frame: pl.DataFrame, columns: tuple[str, ...]) -> FloatArray:
    return frame.select(pl.col(columns).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
