"""What is rolled out, what has to become of it, and what did."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.rollouts.driving import ABORTED, PAUSED, PROMOTED, Rollout
from benchmarks.rollouts.people import Answer
from propcast.core.shares import share_interval

BACK_WITHIN_S = 10.0
PROVEN_BY = 1_000
"""So many live requests in a row must come from what was stable."""
ALLOWED = 0.01
SURE = 0.998
"""The router throws dice: a share is exceeded where less than that much chance is left that it was not."""
VERDICTS = {PROMOTED: "promoted", ABORTED: "aborted", PAUSED: "paused"}


@dataclass(frozen=True)
class Case:
    """A release: sound, or with a fault that is first seen at a stage."""

    name: str
    fault: str = ""
    stage: int | None = None


GOOD = Case("good → good")
CASES = (
    GOOD,
    Case("5 % errors", "errors", 0),
    Case("latency × 1.5", "slowness", 0),
    Case("crash loop", "crashes", 0),
    Case("/ready fails", "unready", 0),
    Case("killed, as out of memory", "memory", 0),
    Case("predictions + 0.3", "bias", 0),
    Case("over and under swapped", "swap", 0),
    Case("one feature nulled", "feature", 0),
    Case("one participant dropped", "dropped", 0),
    Case("fails all but synthetic requests", "people", 5),
)


@dataclass(frozen=True)
class Exposure:
    """How many of the people's requests the new release answered while it had a share."""

    percent: int
    answered: int
    asked: int

    @property
    def share(self) -> float:
        """What it had, of 1."""
        return self.answered / self.asked if self.asked else 0.0

    @property
    def excess(self) -> float:
        """By how much that was more than its share."""
        return self.share - self.percent / 100

    @property
    def is_within(self) -> bool:
        """Whether it had no more than its share and a point; without a share it may have nothing at all."""
        if not self.percent or not self.asked:
            return not self.answered
        return share_interval(self.answered, self.asked, SURE)[0] <= self.percent / 100 + ALLOWED


@dataclass(frozen=True)
class Return:
    """How the traffic came back: seconds from the decision to the last answer of another, and to the proof."""

    back_s: float
    proven_s: float
    in_a_row: int

    @property
    def is_proven(self) -> bool:
        """Whether enough people in a row were answered by what was stable, soon enough."""
        return self.back_s <= BACK_WITHIN_S and self.in_a_row >= PROVEN_BY


@dataclass(frozen=True)
class Shown:
    """What became of a case."""

    case: Case
    verdict: str
    stage: int
    abort_s: float | None
    back: Return | None
    exposure: Exposure
    asked: int
    failed: int
    why: str

    @property
    def faults(self) -> list[str]:
        """What is not as it has to be."""
        wanted, case = "promoted" if self.case.stage is None else "aborted", self.case
        found = {
            f"{wanted} was expected": self.verdict != wanted,
            f"it can be seen at {case.stage} %": case.stage is not None and self.stage != case.stage,
            f"not back within {BACK_WITHIN_S:g} s": self.back is not None and not self.back.is_proven,
            "more than its share": not self.exposure.is_within,
            "people were failed": bool(self.failed),
        }
        return [told for told, is_so in found.items() if is_so]


def shown(case: Case, rollout: Rollout, answers: Sequence[Answer], why: str) -> Shown:
    """Return what became of a case, by what the command said and what people were answered meanwhile."""
    turned = rollout.turned_at
    exposures = [exposure(rollout, each.percent, _between(answers, each.began, each.ended)) for each in rollout.spans]
    return Shown(
        case=case,
        verdict=VERDICTS.get(rollout.code, f"exit {rollout.code}"),
        stage=rollout.stage,
        abort_s=None if turned is None else turned - rollout.began,
        back=None if turned is None else returned(rollout.stable, turned, _between(answers, turned)),
        exposure=max(exposures, key=_telling, default=Exposure(0, 0, 0)),
        asked=len(answers),
        failed=sum(not each.well for each in answers),
        why=why,
    )


def _telling(each: Exposure) -> tuple[bool, bool, float]:
    """Order by what is most to be shown: what is too much, else the largest excess over a share that there was."""
    return not each.is_within, each.percent > 0, each.excess


def exposure(rollout: Rollout, percent: int, answers: Sequence[Answer]) -> Exposure:
    """Return how often people met the new release in a span; before it has a share, anybody but the stable one."""
    met = [each for each in answers if each.revision and each.revision != rollout.stable]
    mine = [each for each in met if each.revision == rollout.canary] if percent else met
    return Exposure(percent, len(mine), len(answers))


def returned(stable: str, turned: float, answers: Sequence[Answer]) -> Return:
    """Return how traffic came back after the decision; a request that failed came from nobody."""
    strange = [number for number, each in enumerate(answers) if each.revision != stable or not each.well]
    last = strange[-1] if strange else -1
    rest = answers[last + 1 :]
    back = answers[last].at - turned if strange else 0.0
    proven = rest[PROVEN_BY - 1].at - turned if len(rest) >= PROVEN_BY else float("inf")
    return Return(back, proven, len(rest))


def _between(answers: Sequence[Answer], began: float, ended: float = float("inf")) -> list[Answer]:
    return [each for each in answers if began <= each.at < ended]
