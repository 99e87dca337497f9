"""Every rule fires on its planted fault, clears, and stays quiet over a blip."""

import pytest

from propcast.delivery.monitoring.rule import Severity
from propcast.delivery.monitoring.table import RULES
from tests.delivery.monitoring.faults import FAULTS
from tests.delivery.monitoring.planting import HOUR, Fault, Line
from tests.delivery.monitoring.promtool import Promtool, drawn

PLANTED = [pytest.param(alert, fault, id=f"{alert}-{n}") for alert, faults in FAULTS.items()
           for n, fault in enumerate(faults)]  # fmt: skip
ALWAYS = 'count by (rule) (ALERTS{alertstate="firing", severity="heartbeat"})'


@pytest.mark.parametrize(("alert", "fault"), PLANTED)
def test_a_planted_fault_fires_its_rules_and_clears(promtool: Promtool, alert: str, fault: Fault) -> None:
    rules = [rule for rule in RULES if rule.alert == alert]
    step, interval = fault.pace
    series = {line.series: drawn(line, fault)[::step] for line in fault.lines}
    mended = fault.before + fault.lasts
    expected = {fault.before - 1: (), fault.before + fault.within: fault.fires, mended + fault.clears: ()}
    assert promtool.disagrees(rules, series, expected, every=f"{step}m", interval=interval) == ""


def test_every_rule_has_a_fault_that_fires_it() -> None:
    fired = {name for faults in FAULTS.values() for fault in faults for name in fault.fires}
    assert fired == {rule.name for rule in RULES if rule.severity is not Severity.HEARTBEAT}
    assert FAULTS.keys() == {rule.alert for rule in RULES}


@pytest.mark.parametrize(("alert", "fault"), PLANTED)
def test_a_blip_of_a_minute_pages_nobody(promtool: Promtool, alert: str, fault: Fault) -> None:
    rules = [rule for rule in RULES if rule.alert == alert and rule.severity is Severity.PAGE]
    if not rules:
        return
    blip = Fault((), fault.lines, before=HOUR, lasts=1, clears=20)
    series = {line.series: drawn(line, blip) for line in blip.lines}
    expected: dict[int, tuple[str, ...]] = dict.fromkeys(range(blip.before, blip.minutes), ())
    assert promtool.disagrees(rules, series, expected) == ""


def test_the_dead_man_is_told_all_the_time(promtool: Promtool) -> None:
    rules = [rule for rule in RULES if rule.alert == "DeadMan"]
    expected = {minute: [rule.name for rule in rules] for minute in range(10)}
    nothing: dict[str, list[float | None]] = {Line("up", 1, 1).series: [1.0] * 10}
    assert promtool.disagrees(rules, nothing, expected, firing=ALWAYS) == ""
