"""Runs the conformance suite of targets on Cloud Run, over the platform in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from propcast.delivery.manifest.reading import Laid
from propcast.delivery.targets import port
from tests.delivery.targets.cloudrun.conftest import DEPLOYED, REGISTRY, SERVICE, Bench, benched
from tests.delivery.targets.cloudrun.entries import request, system
from tests.delivery.targets.conformance.revisions import *  # noqa: F403
from tests.delivery.targets.conformance.traffic import *  # noqa: F403

PREFIX = f"{DEPLOYED}-"
MOMENT = timedelta(seconds=5)
"""So much the clock is ahead of the log, whose delay is left out here."""


@dataclass
class Prefixed:
    """The target as the suite calls it: on the platform, and not in the suite, revisions are called after services."""

    real: port.Target

    def resolve(self, reference: str) -> port.Image:
        return self.real.resolve(reference)

    def stage(self, wanted: port.Wanted, *, create: bool = False) -> port.Revision:
        return _plain(self.real.stage(replace(wanted, name=PREFIX + wanted.name), create=create))

    def revisions(self, service: str) -> Sequence[port.Revision]:
        return [_plain(each) for each in self.real.revisions(service)]

    def read_weights(self, service: str) -> port.Traffic:
        return _shared(self.real.read_weights(service))

    def set_weights(self, service: str, weights: port.Weights, *, etag: str, token: int) -> port.Traffic:
        named = {PREFIX + name: share for name, share in weights.items()}
        return _shared(self.real.set_weights(service, named, etag=etag, token=token))

    def requests(self, service: str, since: datetime, until: datetime) -> Sequence[port.Request] | None:
        found = self.real.requests(service, since, until)
        return None if found is None else [replace(each, revision=_short(each.revision)) for each in found]

    def condition(self, service: str, revision: str, since: datetime) -> port.Condition | None:
        return self.real.condition(service, PREFIX + revision, since)

    def retire(self, service: str, revision: str) -> None:
        self.real.retire(service, PREFIX + revision)


@dataclass
class CloudRunRig:
    """One empty target on Cloud Run."""

    bench: Bench
    target: port.Target
    good: str = f"{REGISTRY}/{SERVICE}:1.0"
    other: str = f"{REGISTRY}/{SERVICE}:1.1"
    foreign: str = f"{REGISTRY}/admin-dashboard:1.0"

    def now(self) -> datetime:
        return self.bench.clock.now() - MOMENT

    def ask(self, times: int) -> None:
        weights = self.bench.target.read_weights(SERVICE).weights
        turns = [name for name, share in weights.items() for _ in range(share)]
        for number in range(times):
            name = turns[number * len(turns) // times]
            self.bench.platform.log.append(request(200, path="/health", at=self.now(), revision=name))

    def digest(self, reference: str) -> str:
        """Answer as the registry."""
        known = {name: f"sha256:{number:064x}" for number, name in enumerate((self.good, self.other, self.foreign))}
        name = reference.partition("@")[0]
        if name not in known:
            raise port.TargetRefused(f"the registry has no {name}")
        return known[name]


@pytest.fixture
def rig(laid: Laid) -> Iterator[CloudRunRig]:
    with benched(laid) as bench:
        made = CloudRunRig(bench, bench.target)
        logs = replace(bench.target.logs, delay=timedelta(0))
        made.target = Prefixed(replace(bench.target, logs=logs, digest=made.digest))
        log, come_up = bench.platform.log, "Starting new instance. Reason: DEPLOYMENT_ROLLOUT"
        bench.platform.run.started = lambda name: log.append(system(come_up, at=made.now(), revision=name))
        yield made


def _short(name: str) -> str:
    return name.removeprefix(PREFIX)


def _plain(found: port.Revision) -> port.Revision:
    return replace(found, name=_short(found.name))


def _shared(found: port.Traffic) -> port.Traffic:
    return replace(found, weights={_short(name): share for name, share in found.weights.items()})
