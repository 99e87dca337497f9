"""An environment in Google Cloud: planned, made once, compared, put right, and removed without its data."""

from collections import Counter

import grpc
import pytest

from propcast.backends.bus.pubsub.pausing import paused
from propcast.core.errors import InputError, StoreRefused, StoreUnavailable
from propcast.delivery.cloud.planning import Plan, apply, plan, removals, remove
from propcast.delivery.cloud.seeing import seen
from propcast.delivery.cloud.shelf import CannotChange
from propcast.delivery.drift.finding import Kind
from propcast.delivery.ground import Ground
from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.prerequisites.looking import look
from propcast.service.topics import Places, subscriptions, topics
from tests.delivery.cloud.conftest import World
from tests.emulators.wire import Fault

PROJECT = "projects/propcast-production"
REQUESTS = "prediction-request.prediction-worker"
PUSH = "serviceAccount:push@propcast-production.iam.gserviceaccount.com"


def planned(world: World) -> Plan:
    return plan(world.cloud.shelves())


def applied(world: World) -> int:
    return apply(world.cloud.shelves(), planned(world), lambda _: None)


def ground(world: World) -> Ground:
    return seen(world.laid, world.laid.url, lambda _: [], lambda _: world.cloud)


def told(world: World, check: str) -> list[str]:
    """What a prerequisite says of all services."""
    return [each for found in look(ground(world)) if found.check == check for each in found.told]


def test_a_plan_changes_nothing_and_a_second_apply_does_nothing(world: World) -> None:
    first = planned(world)
    assert not {*world.wire.asked} & {"CreateTopic", "CreateSubscription", "SetIamPolicy", "CreateSecret"}
    assert Counter(each.state for each in first.differences) == {Kind.MISSING: len(first.differences)}
    assert applied(world) == len(first.differences)
    world.wire.asked.clear()
    again = planned(world)
    assert (again.differences, again.same) == ((), len(first.differences))
    assert applied(world) == 0
    assert not {*world.wire.asked} & {"CreateTopic", "CreateSubscription", "SetIamPolicy", "UpdateSubscription"}


def test_everything_that_the_code_declares_is_made(world: World) -> None:
    applied(world)
    there = world.cloud.declared()
    assert {*there.topics} == {*topics(Places())}
    declared = subscriptions(Places({name: world.laid.url(name) for name in world.laid.services}))
    assert {each.name: each for each in there.subscriptions} == {each.name: each for each in declared}
    dead = {each.dead_letter_topic for each in declared if each.dead_letter_topic}
    kept = {
        each.topic.rpartition("/")[2] for name, each in world.pubsub.subscriptions.items() if name.endswith(".kept")
    }
    assert kept == dead
    pushed = world.pubsub.subscriptions[f"{PROJECT}/subscriptions/{REQUESTS}"].push_config
    assert pushed.oidc_token.audience == world.laid.url("prediction-worker")
    assert f"serviceAccount:{pushed.oidc_token.service_account_email}" == PUSH
    assert {*world.storage.buckets} == {"propcast-production-objects"}
    assert {*world.bigquery.datasets} == {"production_warehouse", "production_scratch"}


def test_who_may_call_a_service_is_bound_once_it_is_there(world: World) -> None:
    applied(world)
    assert world.run.policies == {}
    world.deployed |= {"prediction-worker"}
    assert {each.kind for each in planned(world).to_do} == {"service binding"}
    applied(world)
    ((path, policy),) = world.run.policies.items()
    assert path.endswith("/services/prediction-worker")
    assert PUSH in policy.bindings[0].members
    assert "allUsers" not in policy.bindings[0].members


def test_what_differs_is_named_and_put_right_and_a_pause_stays(world: World) -> None:
    applied(world)
    path = f"{PROJECT}/subscriptions/{REQUESTS}"
    found = world.pubsub.subscriptions[path] = paused(world.pubsub.subscriptions[path], "")
    assert planned(world).differences == ()
    found.ack_deadline_seconds = 77
    (one,) = planned(world).differences
    assert (one.name, one.state, one.told) == (
        REQUESTS, Kind.DIFFERENT, "ack_deadline_s is 77, declared is 300"
    )  # fmt: skip
    assert applied(world) == 1
    assert planned(world).differences == ()
    assert found.push_config.push_endpoint == ""


def test_what_nobody_declared_is_reported_and_left_alone(world: World) -> None:
    applied(world)
    client = world.cloud.clients.pubsub.publisher
    client.create_topic(name=f"{PROJECT}/topics/strange")
    policy = world.pubsub.policies[f"{PROJECT}/topics/prediction-ready"]
    policy.bindings[0].members.append("user:eve@example.com")
    found = {(each.kind, each.state) for each in planned(world).differences}
    assert found == {("topic", Kind.UNKNOWN), ("topic binding", Kind.UNKNOWN)}
    assert applied(world) == 0
    assert f"{PROJECT}/topics/strange" in world.pubsub.topics


def test_another_filter_is_refused_and_nothing_is_lost(world: World) -> None:
    applied(world)
    world.pubsub.subscriptions[f"{PROJECT}/subscriptions/{REQUESTS}"].filter = ""
    with pytest.raises(CannotChange, match="another filter"):
        applied(world)
    assert f"{PROJECT}/subscriptions/{REQUESTS}" in world.pubsub.subscriptions


def test_an_apply_that_breaks_off_goes_on_in_the_next_run(world: World) -> None:
    world.wire.faults["CreateSubscription"] = Fault(grpc.StatusCode.PERMISSION_DENIED, 1)
    with pytest.raises(StoreRefused):
        applied(world)
    assert world.pubsub.topics
    applied(world)
    assert planned(world).differences == ()


def test_what_cannot_be_read_is_neither_there_nor_missing(world: World) -> None:
    applied(world)
    world.wire.faults["ListTopics"] = Fault(grpc.StatusCode.UNAVAILABLE)
    found = planned(world)
    assert [(each.kind, each.state) for each in found.differences] == [("topic", Kind.UNREADABLE)]
    assert found.to_do == []


def test_a_policy_that_somebody_else_changes_is_read_again(world: World) -> None:
    world.wire.faults["SetIamPolicy"] = Fault(grpc.StatusCode.ABORTED, 3)
    applied(world)
    assert planned(world).differences == ()
    world.wire.faults["SetIamPolicy"] = Fault(grpc.StatusCode.UNAVAILABLE)
    world.pubsub.policies.clear()
    with pytest.raises(StoreUnavailable):
        applied(world)


def test_data_is_removed_only_by_its_name(world: World) -> None:
    applied(world)
    shelves = world.cloud.shelves()
    wanted = removals(shelves, [])
    assert {each.kind for each in wanted if each.kept} == {"bucket", "dataset", "secret", "subscription"}
    remove(shelves, wanted)
    assert world.pubsub.topics == {}
    assert len(world.bigquery.datasets) == 2
    assert world.storage.buckets
    with pytest.raises(InputError, match="nothing was removed"):
        removals(shelves, ["production_wharehouse"])
    remove(shelves, removals(shelves, ["production_scratch", "subscription"]))
    assert {*world.bigquery.datasets} == {"production_warehouse"}
    assert world.pubsub.subscriptions == {}


def test_prerequisites_really_look(world: World) -> None:
    applied(world)
    assert told(world, "wires") == []
    assert told(world, "publishers") == []
    assert any("session-key has no version 1" in each for each in told(world, "secrets"))
    for held in world.secrets.held.values():
        held["1"] = 1
    assert told(world, "secrets") == []
    world.secrets.held[f"{PROJECT}/secrets/session-key"]["1"] = 2
    assert any("disabled" in each for each in told(world, "secrets"))


def test_each_missing_wire_and_binding_is_refused_by_name(world: World) -> None:
    applied(world)
    subscriber, publisher = world.cloud.clients.pubsub.subscriber, world.cloud.clients.pubsub.publisher
    subscriber.delete_subscription(subscription=f"{PROJECT}/subscriptions/{REQUESTS}")
    subscriber.delete_subscription(subscription=f"{PROJECT}/subscriptions/raw-ready-dead.prediction-coordinator")
    publisher.delete_topic(topic=f"{PROJECT}/topics/features-ready")
    world.pubsub.policies.pop(f"{PROJECT}/topics/analytics-ready")
    world.pubsub.policies.pop(f"{PROJECT}/topics/lines-changed-dead")
    wires, publishers = "; ".join(told(world, "wires")), "; ".join(told(world, "publishers"))
    assert f"subscription {REQUESTS} is missing" in wires
    assert "topic features-ready is missing" in wires
    assert "nobody takes the dead letters of raw-ready" in wires
    assert "analytics-processor may not publish to analytics-ready" in publishers
    assert "the bus may not forward dead letters to lines-changed-dead" in publishers


def test_what_fails_while_it_is_looked_at_is_inconclusive(world: World) -> None:
    world.wire.faults["ListSubscriptions"] = Fault(grpc.StatusCode.PERMISSION_DENIED)
    found = {each.check: each.verdict for each in look(ground(world)) if each.service == "prediction-worker"}
    assert found["wires"] is Verdict.INCONCLUSIVE


def test_masks_name_only_what_differs(world: World) -> None:
    """What other tools keep in a subscription, such as labels of their own, survives."""
    applied(world)
    found = world.pubsub.subscriptions[f"{PROJECT}/subscriptions/{REQUESTS}"]
    found.labels["team"] = "forecasting"
    found.ack_deadline_seconds = 20
    applied(world)
    assert (found.labels["team"], found.ack_deadline_seconds) == ("forecasting", 300)
