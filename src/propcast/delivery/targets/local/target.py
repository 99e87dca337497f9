"""The target on one machine."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from propcast.core.clock import Clock
from propcast.delivery.targets.local import proving
from propcast.delivery.targets.local.asking import Agent
from propcast.delivery.targets.local.lives import ends_since, instance_at, is_alive, turns
from propcast.delivery.targets.local.plan import Service, Slot
from propcast.delivery.targets.local.programs import revision_name, router_name
from propcast.delivery.targets.local.questions import JOURNAL
from propcast.delivery.targets.local.release import find
from propcast.delivery.targets.local.requestlog import RequestLog
from propcast.delivery.targets.local.shelf import Shelf
from propcast.delivery.targets.local.starting import Starting, Waiting
from propcast.delivery.targets.port import (
    Condition,
    Image,
    Request,
    Revision,
    TargetRefused,
    Traffic,
    Wanted,
    Weights,
    no_service,
)
from propcast.service import catalogue
from propcast.service.supervision.plant import port_of

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class LocalTarget:
    """Revisions as processes of one home, behind a router for each service at its port.

    Attributes:
        home: what the processes work in; releases, logs and the plan are kept there too.
        base_port: the port of the first service; the others follow.
    """

    home: Path
    clock: Clock
    base_port: int
    waiting: Waiting = field(default_factory=lambda: Waiting(time.monotonic, time.sleep))

    def resolve(self, reference: str) -> Image:
        """Return the image of a folder with a release, `dir:/path`."""
        return find(reference).image

    def stage(self, wanted: Wanted, *, create: bool = False) -> Revision:
        """Start a revision from a copy of its release, and return it once it has said who it is."""
        entry = catalogue.service(wanted.service)
        if not _NAME.fullmatch(wanted.name):
            raise TargetRefused(f"{wanted.name!r} names no revision; use a-z, 0-9 and -, beginning with a letter")
        release = Shelf(self.home / "releases").take(wanted.image)
        if not release.is_for(entry.name):
            raise TargetRefused(f"{wanted.image.reference} is for {release.build['service']}, not for {entry.name}")
        slot = Slot(
            number=0, name=wanted.name, tag=wanted.tag, digest=release.digest, folder=release.folder, port=0,
            env=dict(wanted.env), created_at=self.clock.now(),
        )  # fmt: skip
        staged = self._agent.stage(entry.name, slot, port_of(entry, self.base_port), create=create)
        proven = Starting(self._agent, self.home, self.waiting).proven(staged, wanted.name)
        return next(revision for revision in proven.revisions if revision.name == wanted.name)

    def revisions(self, service: str) -> Sequence[Revision]:
        """Return the revisions that run, oldest first, and what the router answers itself before there are any."""
        kept = self._agent.service(service)
        return kept.revisions if kept else []

    def read_weights(self, service: str) -> Traffic:
        """Return what the router does."""
        return self._agent.traffic(self._known(service).name)

    def set_weights(self, service: str, weights: Weights, *, etag: str, token: int) -> Traffic:
        """Share the traffic out anew, in one step."""
        return self._agent.share(self._known(service).name, weights, etag, token)

    def requests(self, service: str, since: datetime, until: datetime) -> Sequence[Request] | None:
        """Return what the router's log has; None when what is asked now does not come into it."""
        kept = self._agent.service(service)
        if kept is None:
            return None
        lives = cache(lambda revision: turns(self._journal, revision_name(service, revision)))
        log = RequestLog(self.home / "logs" / f"{router_name(service)}.log", kept.alive_port)
        return log.between(since, until, lambda revision, at: f"{revision}-{instance_at(lives(revision), at)}")

    def condition(self, service: str, revision: str, since: datetime) -> Condition | None:
        """Return how a revision's process fares now and how often it ended since then."""
        kept = self._agent.service(service)
        slot = kept.slot(revision) if kept else None
        if slot is None or slot.retiring:
            return None
        lives = turns(self._journal, revision_name(service, revision))
        ends = ends_since(lives, since)
        killed = sum(end.killed for end in ends)
        return Condition(int(is_alive(lives)), proving.is_ready(slot.port), len(ends), killed, self.clock.now())

    def retire(self, service: str, revision: str) -> None:
        """End a revision's process once it has answered what it has begun to."""
        if self._agent.service(service):
            self._agent.retire(service, revision)

    def remove(self, service: str) -> None:
        """End every revision of a service and its router; its port is free then."""
        if self._agent.service(service):
            self._agent.remove(service)

    @property
    def _agent(self) -> Agent:
        return Agent(self.home, self.base_port)

    @property
    def _journal(self) -> Path:
        return self.home / "logs" / JOURNAL

    def _known(self, service: str) -> Service:
        found = self._agent.service(service)
        if found is None:
            raise no_service(service)
        return found
