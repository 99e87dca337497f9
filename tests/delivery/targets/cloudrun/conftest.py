"""The target over a platform in memory, on a real connection, with a clock that only waiting moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from propcast.core.clock import FixedClock
from propcast.delivery.manifest.reading import Laid, lay, read
from propcast.delivery.targets import port
from tests.delivery.targets.cloudrun.wire import Platform, serving

pytest.importorskip("google.cloud.run_v2", reason="needs the extra `cloud`")

from propcast.delivery.targets.cloudrun.api import over
from propcast.delivery.targets.cloudrun.calls import Asking, Patience
from propcast.delivery.targets.cloudrun.opening import assembled
from propcast.delivery.targets.cloudrun.target import CloudRun

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SERVICE, DEPLOYED = "prediction-worker", "prediction-worker"
PATH = f"projects/propcast-production/locations/us-east1/services/{DEPLOYED}"
REGISTRY = "us-east1-docker.pkg.dev/propcast-images/services"


@dataclass
class Bench:
    """A target and what stands behind it."""

    platform: Platform
    target: CloudRun
    clock: FixedClock
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.instant += timedelta(seconds=seconds)

    def live(self) -> port.Traffic:
        """Stage a first revision and give it all traffic."""
        self.target.stage(wanted("one"), create=True)
        return self.move({f"{DEPLOYED}-one": 100}, token=1)

    def move(self, weights: dict[str, int], token: int) -> port.Traffic:
        """Share the traffic out over what it is now."""
        etag = self.target.read_weights(SERVICE).etag
        return self.target.set_weights(SERVICE, weights, etag=etag, token=token)


@pytest.fixture(scope="session")
def laid() -> Laid:
    """The manifest of this repository as it is in production."""
    return lay(read(Path(__file__).parents[4] / "deploy" / "propcast.toml"), "production")


@contextmanager
def benched(laid: Laid) -> Iterator[Bench]:
    """Give a target over an empty platform."""
    platform, clock = Platform(), FixedClock(NOW)
    with serving(platform) as channel:
        made = Bench(platform, None, clock)  # type: ignore[arg-type]
        made.target = assembled(laid, over(channel), Asking(clock, made.sleep, Patience(call_s=5.0, tries=3)))
        yield made


@pytest.fixture
def bench(laid: Laid) -> Iterator[Bench]:
    """A target over an empty platform."""
    with benched(laid) as made:
        yield made


@pytest.fixture
def undisturbed(laid: Laid) -> Iterator[Bench]:
    """Another one, to compare with."""
    with benched(laid) as made:
        yield made


def image(number: int = 1, service: str = SERVICE) -> port.Image:
    """Return an image of a service."""
    return port.Image(f"{REGISTRY}/{service}:1.0", f"sha256:{number:064x}")


def wanted(name: str, tag: str = "staging", number: int = 1, **env: str) -> port.Wanted:
    """Return a wanted revision of the worker."""
    told = {"PROPCAST_ENVIRONMENT": "production", **env}
    return port.Wanted(SERVICE, f"{DEPLOYED}-{name}", tag, image(number), told)
