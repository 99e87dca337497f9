"""What `make prove-rollouts` says of a rollout is what people were answered, and it can say that something is wrong."""

from dataclasses import replace

import pytest
from benchmarks.rollouts.cases import CASES, GOOD, PROVEN_BY, Case, Exposure, Shown, shown
from benchmarks.rollouts.driving import Line, Rollout, Span
from benchmarks.rollouts.people import Answer

SAID = (
    (1.0, "· planned: s-old 100 %"),
    (1.1, "· stage 0 % intent: s-old 100 %"),
    (2.0, "· stage 0 % applied"),
    (3.0, "· stage 0 % judged: window 1 pass"),
    (3.1, "· stage 5 % intent: s-new 5 %, s-new-b 5 %, s-old 90 %"),
    (4.0, "· stage 5 % applied"),
    (14.0, "· stage 5 % judged: window 1 fail"),
    (14.1, "· rolling back intent: s-old 100 %"),
    (15.0, "· aborted"),
)
AT_FIVE = Case("seen at 5 %", "fault", 5)


def rollout(code: int = 1) -> Rollout:
    return Rollout(0.0, [Line(at, text) for at, text in SAID], code)


def answers(*, last_of_new: float = 14.0, fail_at: float = -1.0) -> list[Answer]:
    """A hundred a second for thirty seconds; one in twenty of the new revision while it has a share."""
    found = []
    for number in range(3_000):
        at = number / 100
        is_new = 4.0 <= at <= last_of_new and number % 20 == 0
        found.append(Answer(at, "s-new" if is_new else "s-old", well=at != fail_at))
    return found


def test_a_rollout_is_read_line_by_line() -> None:
    read = rollout()
    assert (read.stable, read.canary, read.stage, read.turned_at) == ("s-old", "s-new", 5, 14.1)
    assert read.spans == [Span(0, 2.0, 3.1), Span(5, 4.0, 14.1)]


def test_what_is_right_has_no_fault() -> None:
    found = shown(AT_FIVE, rollout(), answers(), "because")
    assert (found.verdict, found.stage, found.abort_s, found.failed) == ("aborted", 5, 14.1, 0)
    assert found.back is not None
    assert found.back.back_s == 0.0
    assert found.back.in_a_row >= PROVEN_BY
    assert found.exposure.percent == 5
    assert found.exposure.share == pytest.approx(0.05, abs=0.001)
    assert found.faults == []


def test_what_is_wrong_is_named() -> None:
    assert shown(GOOD, rollout(), answers(), "").faults == ["promoted was expected"]
    assert shown(replace(AT_FIVE, stage=0), rollout(), answers(), "").faults == ["it can be seen at 0 %"]
    assert shown(AT_FIVE, rollout(), answers(last_of_new=25.0), "").faults == ["not back within 10 s"]
    assert shown(AT_FIVE, rollout(), answers(fail_at=8.0), "").faults == ["people were failed"]
    assert shown(AT_FIVE, rollout(0), answers(), "").faults == ["aborted was expected"]


def test_an_answer_before_there_is_a_share_is_too_much() -> None:
    early = [*answers(), Answer(2.5, "s-new", well=True)]
    found = shown(AT_FIVE, rollout(), sorted(early, key=lambda each: each.at), "")
    assert not Exposure(0, 1, 100).is_within
    assert "more than its share" in worst(found, 0).faults


def worst(found: Shown, percent: int) -> Shown:
    """The same with the exposure of another stage: the largest excess is what is shown."""
    return replace(found, exposure=Exposure(percent, 1, 110))


def test_dice_may_fall_as_dice_do_and_no_further() -> None:
    assert Exposure(5, 30, 400).is_within
    assert not Exposure(5, 60, 400).is_within
    assert Exposure(100, 400, 400).is_within


def test_every_fault_that_can_be_planted_is_shown() -> None:
    from propcast.delivery.targets.local.faults import FAULTS

    assert {case.fault for case in CASES if case.fault} == set(FAULTS) - {"features"}  # see test_processor_for_real
