"""Damping of `/ready`: every short history, against the rule written down a second time."""

from itertools import product

import pytest

from propcast.service.health.body import Status
from propcast.service.health.damping import Track

PASS, WARN, FAIL = Status.PASS, Status.WARN, Status.FAIL


def told(history: str, *, critical: bool = True) -> list[Status]:
    """What a check reports along a history of `.` pass, `w` warn, `x` fail."""
    track, seen = Track(), {".": PASS, "w": WARN, "x": FAIL}
    return [track.record(seen[mark], critical=critical) for mark in history]


def is_failing(history: str) -> bool:
    """The rule by its words: since when does it count as failing, and were there three good ones since?"""
    failing = False
    for end in range(1, len(history) + 1):
        so_far = history[:end]
        if so_far[-1] == "x":
            failing = failing or so_far == "x" or so_far.endswith("xx") or so_far[-10:].count("x") >= 5
        elif "x" not in so_far[-3:] and len(so_far) >= 3:
            failing = False
    return failing


@pytest.mark.proves("H2", "L8")
def test_every_history_of_eleven_looks_follows_the_rule() -> None:
    for marks in product(".x", repeat=11):
        history = "".join(marks)
        last = told(history)[-1]
        expected = FAIL if is_failing(history) else WARN if history[-1] == "x" else PASS
        assert last is expected, history


def test_an_optional_check_is_never_softened_and_fails_along_the_same_histories() -> None:
    for marks in product(".x", repeat=9):
        history = "".join(marks)
        failing = is_failing(history) or history[-1] == "x"
        assert told(history, critical=False)[-1] is (FAIL if failing else PASS), history


@pytest.mark.parametrize(
    ("history", "last"),
    [
        ("x", FAIL),  # no history, no benefit
        (".x", WARN),
        (".xx", FAIL),
        (".x.x.x.x.", PASS),
        (".x.x.x.x.x", FAIL),  # five of the last ten
        ("xx..", FAIL),
        ("xx...", PASS),
        ("xx..x...", PASS),
        ("xxww", FAIL),
        ("xxwww", WARN),  # good enough to recover, and still slow
        ("w", WARN),
    ],
)
def test_what_is_reported_last(history: str, last: Status) -> None:
    assert told(history)[-1] is last
