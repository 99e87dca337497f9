"""What drift reads of a site is what the ledger, the target and the live address say."""

from dataclasses import replace
from pathlib import Path

import pytest

from propcast.backends.compose import compose
from propcast.backends.settings import load_settings
from propcast.core.clock import FixedClock
from propcast.delivery.drift.composing import reality_of
from propcast.delivery.drift.finding import Kind
from propcast.delivery.drift.services import of_service
from propcast.delivery.rollout import filing
from propcast.delivery.rollout.composing import Site
from propcast.delivery.rollout.ledger import Deployment, Outcome
from propcast.delivery.rollout.ledger import Kind as Done
from propcast.delivery.rollout.planning import Declared
from propcast.delivery.targets.compose import Platform
from propcast.delivery.targets.memory import MemoryTarget
from propcast.delivery.targets.port import Image, Wanted
from tests.delivery.rollout.world import LAID, MANIFEST, NOON, SERVICE

IMAGE = Image("registry/one", f"sha256:{1:064x}")
NAME = f"{SERVICE}-one"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site on which one revision was promoted, and whose services do not answer."""
    clock, target = FixedClock(NOON), MemoryTarget(FixedClock(NOON), {IMAGE: ""})
    made = target.stage(Wanted(SERVICE, NAME, "canary", IMAGE, LAID.environ(SERVICE)), create=True)
    target.set_weights(SERVICE, {NAME: 100}, etag=target.read_weights(SERVICE).etag, token=1)
    backends = compose(load_settings(home=tmp_path, environ={}), clock, environ={})
    row = Deployment(
        "d1", Done.ROLLOUT, "local", SERVICE, "ann", "c", IMAGE.reference, IMAGE.digest, NAME, made.config_hash, "m",
        NOON, LAID.environ(SERVICE), dict(LAID.services[SERVICE].secrets),
    )  # fmt: skip
    filing.end_row(backends.state, filing.begin_row(backends.state, row, "test"), row, Outcome.PROMOTED, "")
    platform = Platform(target, lambda _: NOBODY, 0.0)
    return Site(backends, MANIFEST, Declared(LAID, "m", "c"), platform, clock)


def test_the_recorded_deployment_is_compared_with_what_runs(site: Site) -> None:
    found = {name: list(each()) for name, each in of_service(reality_of(site), SERVICE).items()}
    assert {name for name, told in found.items() if told} == {"answer"}
    assert [kind for kind, _ in found["answer"]] == [Kind.UNREADABLE]


def test_a_service_that_was_never_deployed_has_only_its_record_compared(site: Site) -> None:
    assert [*of_service(reality_of(site), "admin-dashboard")] == ["record"]


def test_what_only_some_targets_can_list_is_left_out_of_the_others(site: Site) -> None:
    class Listing(MemoryTarget):
        def deployed(self) -> list[str]:
            return ["x"]

    assert reality_of(site).deployed is None
    platform = replace(site.platform, target=Listing(FixedClock(NOON), {}))
    listed = reality_of(replace(site, platform=platform)).deployed
    assert listed is not None
    assert listed() == ["x"]
