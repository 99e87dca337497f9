"""What alerts ask of a day: how near it is, what is missing of it, and which promises were kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families

from propcast.apps.horizon import Horizon, Judged
from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.promises import FORECASTS, GRADES
from propcast.service.telemetry.metrics import Metrics

TODAY = GameDay.parse("2026-01-10")
START = datetime(2026, 1, 11, 0, tzinfo=UTC)
YESTERDAY = TODAY.plus(-1)


def cell(day: GameDay, step: str, event: str, state: StepState) -> ExpectedOutput:
    return ExpectedOutput(Sport.NBA, day, step, event, state=state)


CELLS = (
    cell(YESTERDAY, FORECASTS, "y", StepState.DONE),
    cell(YESTERDAY, GRADES, "y", StepState.NOT_READY),
    cell(TODAY, FORECASTS, "a", StepState.DONE),
    cell(TODAY, FORECASTS, "b", StepState.NOT_READY),
)
GAMES = {"a": START, "b": START + timedelta(hours=2), "c": START + timedelta(hours=3)}


def horizon(now: datetime, cells: tuple[ExpectedOutput, ...] = CELLS, games: dict[str, datetime] = GAMES) -> Horizon:
    return Horizon(Sport.NBA, now, cells, {"y": START - timedelta(days=1), **games}, games)


def measured(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return {
        (sample.name.removeprefix("propcast_"), *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def seen(of: Horizon) -> dict[tuple[str, ...], float]:
    metrics = Metrics()
    of.measure(metrics)
    return measured(metrics)


def test_games_that_nobody_planned_are_not_covered() -> None:
    assert horizon(START, cells=()).covered == 0.0
    assert horizon(START, games={}).covered == 1.0
    assert horizon(START - timedelta(hours=1)).covered == 1 / 3


def test_the_next_start_is_measured_and_infinitely_far_when_none_is_to_come() -> None:
    assert seen(horizon(START - timedelta(minutes=50)))["minutes_to_first_start", "nba"] == 50
    assert seen(horizon(START, games={}))["minutes_to_first_start", "nba"] == float("inf")


def test_what_is_missing_is_due_first_and_overdue_after_its_grace() -> None:
    ten_eastern = datetime(2026, 1, 10, 15, tzinfo=UTC)
    for minutes, due, overdue in ((0, 0, 0), (1, 1, 0), (30, 1, 0), (31, 1, 1)):
        found = seen(horizon(ten_eastern + timedelta(minutes=minutes)))
        late = [found["expected_outputs", "nba", state, GRADES] for state in ("due", "overdue")]
        assert late == [due, overdue]


def test_a_promise_is_counted_once_when_it_falls_due() -> None:
    judged, metrics = Judged(START - timedelta(hours=2)), Metrics()
    judged.look(horizon(START - timedelta(minutes=61)), metrics)
    before = measured(metrics)
    assert before["promises_total", "true", FORECASTS, "nba"] == 0
    assert before["promises_total", "false", FORECASTS, "nba"] == 0
    for minutes in (-60, -59, 60, 61):
        judged.look(horizon(START + timedelta(minutes=minutes)), metrics)
    late = replace(CELLS[3], state=StepState.DONE)  # too late: it was judged when it was due
    judged.look(horizon(START + timedelta(minutes=90), (*CELLS[:3], late)), metrics)
    after = measured(metrics)
    assert after["promises_total", "true", FORECASTS, "nba"] == 1
    assert after["promises_total", "false", FORECASTS, "nba"] == 1
    assert after["promises_total", "false", GRADES, "nba"] == 0  # due before the process began
