"""Quiet is green: fourteen days without games, in a break, and over both clock changes raise nothing."""

from datetime import date, time

import pytest

from propcast.delivery.monitoring.rule import Severity
from propcast.delivery.monitoring.table import RULES
from tests.delivery.monitoring.promtool import Promtool
from tests.delivery.monitoring.quiet import DAYS, EVERY, Fortnight, samples

pytestmark = [pytest.mark.monitoring, pytest.mark.timeout(3_000)]  # half a minute each, far more on a busy machine

RULES_THAT_TELL = [rule for rule in RULES if rule.severity is not Severity.HEARTBEAT]
FORTNIGHTS = {
    "clocks go forward, a day without games": Fortnight(date(2026, 3, 1), without=frozenset({3})),
    "clocks go back": Fortnight(date(2026, 10, 26), without=frozenset({0})),
    "the off-season": Fortnight(date(2026, 7, 20), without=frozenset(range(DAYS))),
}


FIRED = 'sum by (rule) (count_over_time(ALERTS{alertstate="firing"}[15d]))'
LONG = ("AnswerBurn", "CostAnomaly", "FeatureCollapsed", "ForecastBurn", "GradeBurn")
"""They look back for days, and so are looked at each half hour."""


@pytest.mark.parametrize("name", FORTNIGHTS)
def test_a_quiet_fortnight_raises_nothing(promtool: Promtool, name: str) -> None:
    series = FORTNIGHTS[name].series()
    nothing: dict[int, tuple[str, ...]] = {(samples(series) - 1) * int(EVERY.total_seconds() // 60): ()}
    for interval, looks_back in (("4m", False), ("30m", True)):
        rules = [rule for rule in RULES_THAT_TELL if (rule.alert in LONG) is looks_back]
        assert promtool.disagrees(rules, series, nothing, every="4m", interval=interval, firing=FIRED) == ""


def test_grades_an_hour_late_after_a_clock_change_are_told(promtool: Promtool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.delivery.monitoring.quiet.GRADED_AT", time(10, 45))
    series = FORTNIGHTS["clocks go back"].series()
    rules = [rule for rule in RULES if rule.alert == "NotGraded"]
    eighth_day = (7 * 24 + 1) * 60  # one hour more: the clocks went back
    at = {eighth_day + 10 * 60 + 30: ["NotGraded-ticket"], eighth_day + 11 * 60: ()}
    assert promtool.disagrees(rules, series, at, every="4m", interval="4m") == ""
