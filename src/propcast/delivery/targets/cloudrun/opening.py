"""Opens the target of an environment with the credentials of this machine."""

import time

from propcast.core.clock import Clock
from propcast.delivery.manifest.reading import Laid
from propcast.delivery.targets.cloudrun.api import Api, Platform, connected
from propcast.delivery.targets.cloudrun.calls import Asking, Sleep
from propcast.delivery.targets.cloudrun.logs import Logs
from propcast.delivery.targets.cloudrun.registry import Digest, digests
from propcast.delivery.targets.cloudrun.revisions import Revisions
from propcast.delivery.targets.cloudrun.services import Services
from propcast.delivery.targets.cloudrun.target import CloudRun


def opened(laid: Laid, clock: Clock, sleep: Sleep = time.sleep) -> CloudRun:
    """Return the target of an environment; `TargetRefused` where there are no credentials."""
    asking = Asking(clock, sleep)
    return assembled(laid, asking.once("opening the clients", connected), asking, digests())


def assembled(laid: Laid, api: Api, asking: Asking, digest: Digest | None = None) -> CloudRun:
    """Return the target over clients that are there."""
    platform = Platform(api, asking)
    return CloudRun(laid, Services(platform), Revisions(platform), Logs(platform), digest)
