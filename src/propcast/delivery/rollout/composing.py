"""Puts together what a controller works with, for one service on one target."""

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from propcast.backends.compose import Backends
from propcast.core.clock import Clock, SystemClock
from propcast.core.errors import NotReady
from propcast.core.identity import text_hash
from propcast.delivery.images.building import commit_of
from propcast.delivery.judge.judging import judge
from propcast.delivery.manifest.reading import lay, read
from propcast.delivery.pairs.pairing import Pairs, pairs_of
from propcast.delivery.rollout.arming import both_arms
from propcast.delivery.rollout.inspecting import Inspecting
from propcast.delivery.rollout.lane import FORECASTERS
from propcast.delivery.rollout.live import Live
from propcast.delivery.rollout.load import MARK
from propcast.delivery.rollout.looking import Looking
from propcast.delivery.rollout.means import Means, Patience, Tell, tell_nobody
from propcast.delivery.rollout.plan import Plan
from propcast.delivery.rollout.planning import UNKNOWN, Declared
from propcast.delivery.rollout.repeating import Repeating
from propcast.delivery.targets.compose import Platform, kind_of, platform_of
from propcast.pipeline.batch.rules import BatchTimes
from propcast.service.asking import Headers
from propcast.service.auth.credentials import machine_keys
from propcast.service.auth.google import GoogleCaller
from propcast.service.auth.push import LocalCaller
from propcast.service.expectations import load

FOLDER = "rollouts"
"""Where decision records are, in the home."""


@dataclass(frozen=True)
class Site:
    """Where commands about rollouts work: a checkout, a home and a target.

    Attributes:
        backends: of the home; the state store in it has the records of rollouts.
        manifest: the file of the manifest.
    """

    backends: Backends
    manifest: Path
    declared: Declared
    platform: Platform
    clock: Clock

    def means(self, service: str, tell: Tell = tell_nobody) -> Means:
        """Return what a controller of that service works with."""
        laid, headers = self.declared.laid, self.headers(service)
        expectations = load(laid.name, self.clock.now().date(), self.manifest)
        return Means(
            state=self.backends.state,
            target=self.platform.target,
            clock=self.clock,
            inspect=Inspecting(headers, expectations).inspect,
            watch=Looking(headers, expectations, lambda _: self.repeating(service).calls()).watch,
            live=Live(self.platform.url, headers).revision,
            replay=self.repeating(service).replay,
            is_repeatable=lambda: bool(self.repeating(service).slates()),
            arms=both_arms,
            judge=judge,
            wait=time.sleep,
            folder=self.backends.settings.home.expanduser().absolute() / FOLDER,
            holder=f"{socket.gethostname()} {os.getpid()} {token_hex(3)}",
            patience=Patience(source_s=self.platform.source_s),
            tell=tell,
            pairs=self.pairs if laid.environment.backend == "local" else None,
        )

    def pairs(self, plan: Plan) -> Pairs:
        """Return what a canary made of its samples: the coordinator of one machine works on the store of its home."""
        declared, times = plan.limits.forecast_change, BatchTimes().scaled(self.backends.settings.time_divisor)
        return pairs_of(self.backends, FORECASTERS[plan.service], plan.id, times, declared=declared)

    def stand_by(self, target: str) -> None:
        """Start what looks after rollouts whose controller is gone, unless it runs already."""
        from propcast.delivery.rollout.standby import stand_by

        home = self.backends.settings.home.expanduser().absolute()
        stand_by(home, self.declared.laid.name, target, self.manifest)

    def repeating(self, service: str) -> Repeating:
        """Return what the arms of a service can be asked to forecast again."""
        return Repeating(self.backends, service, self.headers(service))

    def headers(self, service: str) -> Headers:
        """Return what is shown to a service, also at the addresses of its revisions; what we ask counts as nobody's."""
        audience = self.platform.url(service)
        if self.declared.laid.environment.backend == "gcp":
            google = GoogleCaller()
            return lambda _: {**google.headers(audience), **MARK}
        caller = LocalCaller(machine_keys(self.backends.secrets, "local")[0], self.backends.clock)
        return lambda _: {**caller.headers(audience), **MARK}


def site_of(backends: Backends, environment: str, target: str, manifest: Path) -> Site:
    """Return the site of an environment; its clock is the machine's, which logs of requests go by in every world."""
    clock = SystemClock()
    declared = declared_in(manifest, environment)
    platform = platform_of(kind_of(target, declared.laid), declared.laid, backends.settings, clock)
    return Site(backends, manifest, declared, platform, clock)


def declared_in(manifest: Path, environment: str) -> Declared:
    """Return what the checkout of a manifest declares; a folder that is none has no commit."""
    laid = lay(read(manifest), environment)
    hashed = text_hash(manifest.read_text(encoding="utf-8"), 12)
    try:
        commit = commit_of(manifest.resolve().parents[1])
    except (NotReady, OSError):
        commit = UNKNOWN
    return Declared(laid, hashed, commit)
