"""Damping of `/ready`: every short history, against the rule written down a second time."""

from itertools import product

import pytest

from propcast.service.asking import Answer, Question
from propcast.service.expectations import Expectations
from propcast.service.health.board import nothing_declared
from propcast.service.health.body import Status
from propcast.service.health.checks import Check, Output
from propcast.service.health.damping import Damping, Track
from propcast.service.health.runner import Report, Result
from propcast.service.health.telling import Audience
from propcast.service.health.telling import told as tell
from propcast.service.identity import identify
from propcast.service.verdict import judge
from tests.service.toys import NOW

WHO = identify("admin-dashboard", {}, {})

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


def test_what_is_well_again_and_not_yet_forgiven_is_told_as_stale_beside_its_value() -> None:
    damping, check = Damping(), Check("services:not_ready", lambda: 0, "services", critical=False)
    looks = [(FAIL, Output.TIMEOUT, None), *((PASS, None, 0),) * 3]
    told = list[tuple[str, ...]]()
    for status, output, value in looks:
        seen = Report((Result(check, status, value, NOW, 1.0, output),), NOW, 1.0)
        body = tell(WHO, (), damping.apply(seen), Audience.ANYONE, cached=False, expected=nothing_declared)
        answer = Answer(Question("admin-dashboard", "", "/ready"), 200, body)
        told.append(judge("admin-dashboard", [answer], Expectations("local", NOW.date())).notes)
    stale = ("services:not_ready = 0 services (stale)",)
    assert told == [("services:not_ready = timeout",), stale, stale, ()]
