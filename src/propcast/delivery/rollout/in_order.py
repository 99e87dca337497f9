"""Rolls out one service after another, as the manifest orders them, and goes no further once one is not promoted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from propcast.backends.state.port import Reader
from propcast.delivery.rollout.ledger import Kind, Outcome, deployments, standing
from propcast.delivery.rollout.plan import Refused


@dataclass(frozen=True)
class Step:
    """One rollout that is due."""

    service: str
    reference: str


@dataclass(frozen=True)
class Done:
    """How far it came; `code` is that of the last rollout, 0 when all were promoted."""

    promoted: tuple[str, ...]
    code: int
    left: tuple[str, ...]


RollOut = Callable[[Step], int]
"""Rolls one service out and returns the exit code of `propcast rollout`."""


def steps(reader: Reader, environment: str, order: Sequence[str], given: Mapping[str, str]) -> list[Step]:
    """Return what is due, in order: the images that are given, else what was last staged and does not serve yet.

    Raises:
        Refused: a service has no image and nothing staged, or an image is of no service; nothing is begun then.
    """
    if strangers := sorted(given.keys() - set(order)):
        raise Refused(f"the manifest's order has no {', '.join(strangers)}; name its services")
    found = {service: _due(reader, environment, service, given.get(service, "")) for service in order}
    return [Step(service, reference) for service, reference in found.items() if reference]


def roll_out_all(due: Sequence[Step], roll_out: RollOut) -> Done:
    """Roll out each in turn; the first verdict that is not a promotion ends it."""
    promoted = list[str]()
    for step in due:
        if code := roll_out(step):
            return Done(tuple(promoted), code, tuple(_after(due, step)))
        promoted.append(step.service)
    return Done(tuple(promoted), 0, ())


def _after(due: Sequence[Step], step: Step) -> Iterator[str]:
    yield from (each.service for each in due[due.index(step) + 1 :])


def _due(reader: Reader, environment: str, service: str, given: str) -> str:
    if given:
        return given
    done = deployments(
        reader, environment=environment, service=service, kind=Kind.STAGE, outcomes=[Outcome.STAGED], limit=1
    )
    if not done:
        raise Refused(f"nothing of {service} is staged in {environment}; `propcast stage {service}` first")
    row, serving = done[0], standing(reader, environment, service)
    if serving is not None and serving.digest == row.digest:
        return ""
    return f"{row.reference.partition('@')[0]}@{row.digest}"
