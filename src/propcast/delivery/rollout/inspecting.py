"""Asks a revision at its own address who it is and whether it can do its whole job, before it gets any traffic."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from propcast.delivery.rollout.means import Inspection
from propcast.delivery.targets.port import Revision, Wanted
from propcast.service.asking import DEEP_CLOUD_S, DEEP_S, Answer, Headers, Question, ask
from propcast.service.expectations import Expectations
from propcast.service.health.body import HealthBody
from propcast.service.smoke import DEEP, PATHS
from propcast.service.verdict import judge

UNKNOWN = "none"
"""What a process says of its digest that was not told."""


@dataclass(frozen=True)
class Inspecting:
    """How revisions are asked."""

    headers: Headers
    expectations: Expectations

    def inspect(self, wanted: Wanted, revision: Revision) -> Inspection:
        """Return what is wrong with a revision; undeclared failures and any doubt about who it is are troubles."""
        if revision.digest != wanted.image.digest:
            return Inspection((f"it runs {revision.digest}, not {wanted.image.digest}",))
        answers = asyncio.run(self._ask(revision))
        bodies = [answer.body for answer in answers if answer.body is not None]
        troubles = [*self._unfit(revision.service, answers), *strangeness(wanted, revision, bodies)]
        return Inspection(tuple(dict.fromkeys(troubles)), bodies[0].release_id if bodies else "")

    async def _ask(self, revision: Revision) -> list[Answer]:
        shallow = [Question(revision.service, revision.url, path) for path in PATHS]
        seconds = DEEP_S.get(self.expectations.environment, DEEP_CLOUD_S)
        deep = Question(revision.service, revision.url, DEEP, seconds)
        return [*await ask(shallow, self.headers), *await ask([deep], self.headers)]

    def _unfit(self, service: str, answers: Sequence[Answer]) -> Iterator[str]:
        verdict = judge(service, answers, self.expectations)
        if verdict.overall.undeclared:
            yield from verdict.notes or (str(verdict.overall),)


def strangeness(wanted: Wanted, revision: Revision, bodies: Sequence[HealthBody]) -> Iterator[str]:
    """Yield in what a revision is another than the one that was wanted, by its own answers."""
    if not bodies:
        yield "it did not say who it is"
    for what, expected, told in (
        ("service", {wanted.service}, {body.service_id for body in bodies}),
        ("revision", {wanted.name}, {body.revision for body in bodies}),
        ("digest", {wanted.image.digest, UNKNOWN}, {body.image_digest or UNKNOWN for body in bodies}),
        ("config hash", {revision.config_hash}, {body.config_hash for body in bodies}),
    ):
        if strange := told - expected:
            yield f"it says that its {what} is {', '.join(sorted(strange))}, not {', '.join(sorted(expected))}"
    if len({body.release_id for body in bodies}) > 1:
        yield "its answers are of more than one release"
