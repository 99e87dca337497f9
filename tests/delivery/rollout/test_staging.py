"""Staging: a revision without traffic, asked who it is, with a row that is there before it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from propcast.backends.secrets.port import Secret
from propcast.backends.state.releases import recorded_release
from propcast.delivery.images.signing import new_key, public_of, sign
from propcast.delivery.rollout import configuring, driving, ledger, prerequisites, steps
from propcast.delivery.rollout.ledger import Kind, Outcome
from propcast.delivery.rollout.means import Inspection
from propcast.delivery.rollout.plan import Refused
from propcast.delivery.rollout.planning import Asked, Declared
from propcast.delivery.rollout.staging import Unfit, stage_release
from propcast.delivery.rollout.states import Said
from propcast.delivery.rollout.stopping import Stops
from propcast.delivery.targets.port import Image
from tests.delivery.rollout.mortal import Fate, Killed, doomed, raising
from tests.delivery.rollout.world import LAID, LOCAL, NEW, OLD, SERVICE, STABLE, TTL, World, put_on_record

COMMIT = "c" * 40
OURS = Secret(new_key())
STAGING = Declared(replace(LAID, name="staging", signed_by=(public_of(OURS),)), "m" * 12, COMMIT)
DIGESTED = f"{NEW.reference}@{NEW.digest}"


def staged(
    world: World, declared: Declared = LOCAL, reference: str = NEW.reference, *, confirmed: bool = False
) -> ledger.Deployment:
    return stage_release(world.means(), declared, SERVICE, reference, "ana", confirmed=confirmed)


def test_a_staged_release_is_there_without_traffic_and_on_record(world: World) -> None:
    row = staged(world)
    assert (row.kind, row.outcome, row.digest, row.release) == (Kind.STAGE, Outcome.STAGED, NEW.digest, "1.2.3")
    revision = world.target.revisions(SERVICE)[-1]
    assert (revision.name, revision.tag) == (row.revision, "staging")
    assert world.weights() == {STABLE: 100}


def test_one_that_is_not_fit_closes_its_row_as_failed(world: World) -> None:
    means = replace(world.means(), inspect=lambda wanted, revision: Inspection(("models:unloaded = 1 models",)))
    with pytest.raises(Unfit, match="models:unloaded"):
        stage_release(means, LOCAL, SERVICE, NEW.reference, "ana")
    row = ledger.deployments(world.state)[0]
    assert (row.outcome, world.weights()) == (Outcome.FAILED, {STABLE: 100})


def test_one_that_still_opens_its_stores_is_looked_at_again(world: World) -> None:
    looks = iter([("state:latency = 0.0 s",), ("state:latency = 0.0 s",), ()])
    means = replace(world.means(), inspect=lambda wanted, revision: Inspection(next(looks), Said("1.2.3", "h")))
    assert stage_release(means, LOCAL, SERVICE, NEW.reference, "ana").outcome is Outcome.STAGED


@pytest.mark.proves("D6")
def test_killed_anywhere_it_is_gone_on_with_under_the_same_row(world: World) -> None:
    killed = 0
    for instant in range(1, 9):
        world.clock.instant += TTL
        try:
            staged(doomed(world, Fate(instant, raising)))
        except Killed:
            killed += 1
            world.clock.instant += TTL
            staged(world)
        rows = ledger.deployments(world.state, kind=Kind.STAGE)
        assert [row.outcome for row in rows] == [Outcome.STAGED] * len(rows)
        revisions = [each.name for each in world.target.revisions(SERVICE) if each.name != STABLE]
        assert sorted(revisions) == sorted(row.revision for row in rows)
    assert killed == 6


def pushed(world: World, service: str = SERVICE, key: Secret = OURS) -> None:
    steps.tested(world.state, service, COMMIT)
    steps.pushed(world.state, service, COMMIT, sign(NEW.digest, key))


@pytest.mark.proves("D3")
def test_outside_of_one_machine_each_step_asks_for_the_one_before(world: World) -> None:
    dirty = replace(STAGING, commit=f"{COMMIT}-dirty")
    with pytest.raises(Refused, match="is not clean"):
        staged(world, dirty, DIGESTED)
    with pytest.raises(Refused, match=f"propcast image push {SERVICE}"):
        staged(world, STAGING, DIGESTED)
    with pytest.raises(Refused, match=f"propcast image selftest {SERVICE}"):
        steps.pushed(world.state, SERVICE, COMMIT, sign(NEW.digest, OURS))
    pushed(world, "mlb-prediction-worker")
    with pytest.raises(Refused, match=f"was not pushed as the image of {SERVICE}"):
        staged(world, STAGING, DIGESTED)
    pushed(world, key=Secret(new_key()))
    with pytest.raises(Refused, match="signed_by"):
        staged(world, STAGING, DIGESTED)
    assert ledger.deployments(world.state, kind=Kind.STAGE) == []
    pushed(world)
    assert staged(world, STAGING, DIGESTED).outcome is Outcome.STAGED


@pytest.mark.proves("D8")
def test_a_variable_that_goes_is_shown_and_must_be_confirmed(world: World) -> None:
    declared = LOCAL.laid.environ(SERVICE)
    put_on_record(world.state, OLD, STABLE, {**declared, "PROPCAST_THREADS": "4", "PROPCAST_LOG_LEVEL": "DEBUG"})
    with pytest.raises(Refused, match=r"PROPCAST_THREADS .was 4.*--confirm"):
        staged(world)
    with pytest.raises(Refused, match="PROPCAST_THREADS"):
        world.plan()
    row = staged(world, confirmed=True)
    assert row.env == declared
    assert configuring.differences(world.state, "local", row) == [
        "~ PROPCAST_LOG_LEVEL = INFO (was DEBUG)",
        "− PROPCAST_THREADS (was 4)",
    ]
    assert world.plan(confirmed=True).canary.env == declared


@pytest.mark.proves("D3")
def test_outside_of_one_machine_a_tag_is_refused_and_the_configuration_put_on_record(world: World) -> None:
    with pytest.raises(Refused, match="is no digest"):
        staged(world, STAGING)
    pushed(world)
    row = staged(world, STAGING, DIGESTED)
    kept: Mapping[str, str] | None = recorded_release(world.state, SERVICE, row.revision)
    assert kept is not None
    assert set(kept) >= {"PROPCAST_ENVIRONMENT", "PROPCAST_MODEL_ALIASES"}


def test_outside_of_one_machine_only_what_was_staged_is_rolled_out(world: World) -> None:
    prerequisites.put_report(world.state, "staging", {})
    asked = Asked(SERVICE, "ana", NEW.reference)
    with pytest.raises(Refused, match="was not staged"):
        driving.begin(world.means(), asked, STAGING, Stops())
    pushed(world)
    staged(world, STAGING, DIGESTED)
    plan = driving.begin(world.means(), asked, STAGING, Stops()).record.plan
    row = ledger.deployment(world.state, plan.id)
    assert row.prerequisites["missing"] == {}
    assert plan.image == Image(NEW.reference, NEW.digest)
