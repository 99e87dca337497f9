"""Each hand-made change is found within one run; a run that compares nothing is an error."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from propcast.backends.bus.port import Declared
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreUnavailable
from propcast.delivery.drift.comparing import compare
from propcast.delivery.drift.finding import Compared, Kind, NothingCompared
from propcast.delivery.drift.reality import Reality
from propcast.delivery.ground import Ground
from propcast.delivery.manifest.reading import Laid, lay, read
from propcast.delivery.rollout import ledger
from propcast.delivery.rollout.ledger import Deployment
from propcast.delivery.rollout.pins import Pin
from propcast.delivery.targets.memory import MemoryTarget
from propcast.delivery.targets.port import Image, TargetUnavailable, Wanted
from propcast.service import catalogue
from propcast.service.identity import config_hash
from propcast.service.topics import Places, subscriptions, topics

MANIFEST = Path(__file__).parents[3] / "deploy" / "propcast.toml"
LAID = lay(read(MANIFEST), "production")
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SERVICE = "prediction-worker"
ONE, TWO = f"{SERVICE}-one", f"{SERVICE}-two"
IMAGE, OTHER = Image("registry/one", f"sha256:{1:064x}"), Image("registry/two", f"sha256:{2:064x}")


@dataclass
class World:
    """One service as it was deployed; a test changes one thing by hand."""

    target: MemoryTarget
    row: Deployment
    laid: Laid = LAID
    pins: list[Pin] = field(default_factory=list)
    moving: bool = False
    answer: dict[str, Any] | None = None
    ground: dict[str, Any] = field(default_factory=dict)
    deployed: Callable[[], list[str]] | None = None

    def reality(self) -> Reality:
        told = {
            "service_id": SERVICE,
            "revision": ONE,
            "image_digest": IMAGE.digest,
            "config_hash": self.row.config_hash,
        }
        body = None if self.answer is None else SimpleNamespace(**{**told, **self.answer})
        return Reality(
            Ground(self.laid, self.laid.url, **self.ground), self.target,
            standing=lambda name: self.row if name == SERVICE else None,
            under_way=lambda _: self.moving,
            pinned=lambda _: self.pins,
            answer=lambda _: body,  # type: ignore[arg-type, return-value]
            now=NOW,
            deployed=self.deployed,
        )  # fmt: skip

    def share(self, **weights: int) -> None:
        named = {f"{SERVICE}-{name}": share for name, share in weights.items()}
        self.target.set_weights(SERVICE, named, etag=self.target.read_weights(SERVICE).etag, token=1)

    def found(self) -> list[tuple[str, str, Kind]]:
        """Return what differs."""
        return [(each.service, each.what, each.kind) for each in self.compared().differences]

    def compared(self) -> Compared:
        return compare(self.reality())


@pytest.fixture
def world() -> World:
    env, target = LAID.environ(SERVICE), MemoryTarget(FixedClock(NOW), {IMAGE: "", OTHER: ""})
    target.stage(Wanted(SERVICE, ONE, "canary", IMAGE, env), create=True)
    target.stage(Wanted(SERVICE, TWO, "staging", OTHER, env))
    hashed = config_hash(catalogue.service(SERVICE).told(env))
    row = Deployment(
        "d1", ledger.Kind.ROLLOUT, "production", SERVICE, "ann", "c" * 40, IMAGE.reference, IMAGE.digest, ONE, hashed,
        "m" * 12, NOW, env, {},
    )  # fmt: skip
    made = World(target, row, answer={})
    made.share(one=100)
    return made


def test_what_is_as_recorded_does_not_differ_and_what_was_compared_is_told(world: World) -> None:
    done = world.compared()
    assert done.differences == ()
    names = {each.removeprefix(f"{SERVICE} ") for each in done.compared if each.startswith(SERVICE)}
    assert names == {"revision", "environment", "secrets", "answer", "weights", "pins"}
    unseen = {"services", "topics", "invokers", "publishers", "vault", "schedules"}
    assert {each.partition(":")[0] for each in done.not_compared} == unseen


@pytest.mark.parametrize(("environment", "found"), [("local", []), ("production", [(SERVICE, "environment")])])
def test_a_recorded_hash_that_the_manifest_does_not_give_is_found_where_it_gives_all(
    world: World, environment: str, found: list[tuple[str, str]]
) -> None:
    """On one machine a process is also told its home and where the others are; it hashes those too."""
    world.laid = lay(read(MANIFEST), environment)
    env = world.laid.environ(SERVICE)
    world.row = replace(world.row, environment=environment, env=env, config_hash="another")
    differing = [(service, what) for service, what, _ in world.found()]
    assert [each for each in differing if each[1] == "environment"] == found


def test_a_weight_that_was_moved_by_hand_is_found(world: World) -> None:
    world.share(one=90, two=10)
    assert world.found() == [(SERVICE, "weights", Kind.DIFFERENT)]


def test_a_rollout_under_way_moves_weights_and_pins_as_it_likes(world: World) -> None:
    world.share(one=95, two=5)
    world.moving = True
    assert world.found() == []


def test_another_digest_or_configuration_under_the_recorded_name_is_found(world: World) -> None:
    world.row = replace(world.row, digest=OTHER.digest)
    assert (SERVICE, "revision", Kind.DIFFERENT) in world.found()


def test_a_revision_that_is_gone_is_found(world: World) -> None:
    world.row = replace(world.row, revision=f"{SERVICE}-zero")
    assert (SERVICE, "revision", Kind.MISSING) in world.found()


@pytest.mark.parametrize(
    ("change", "kind", "told"),
    [
        (lambda env: env.pop("PROPCAST_LOG_LEVEL"), Kind.MISSING, "PROPCAST_LOG_LEVEL"),
        (lambda env: env.update(PROPCAST_THREADS="9"), Kind.UNKNOWN, "PROPCAST_THREADS"),
        (lambda env: env.update(PROPCAST_LOG_LEVEL="DEBUG"), Kind.DIFFERENT, "'INFO', deployed is 'DEBUG'"),
    ],
    ids=["removed", "added", "changed"],
)
def test_a_variable_that_is_not_as_declared_is_found_by_name(
    world: World, change: Callable[[dict[str, str]], object], kind: Kind, told: str
) -> None:
    env = dict(world.row.env)
    change(env)
    world.row = replace(world.row, env=env)
    (found,) = world.compared().differences
    assert (found.what, found.kind) == ("environment", kind)
    assert told in found.told


def test_a_secret_of_another_version_is_found(world: World) -> None:
    declared = LAID.services[SERVICE].model_copy(update={"secrets": {"PROPCAST_KEY_BOOKS": "key-books@2"}})
    world.laid = replace(LAID, services={**LAID.services, SERVICE: declared})
    world.row = replace(world.row, secrets={"PROPCAST_KEY_BOOKS": "key-books@1"})
    assert world.found() == [(SERVICE, "secrets", Kind.DIFFERENT)]


@pytest.mark.parametrize(
    "answer",
    [{"service_id": "admin-dashboard"}, {"revision": TWO}, {"image_digest": OTHER.digest}, {"config_hash": "0" * 12}],
    ids=lambda each: next(iter(each)),
)
def test_what_the_serving_revision_says_of_itself_is_compared(world: World, answer: dict[str, str]) -> None:
    world.answer = answer
    assert world.found() == [(SERVICE, "answer", Kind.DIFFERENT)]


def test_a_service_that_does_not_say_who_it_is_differs(world: World) -> None:
    world.answer = None
    assert world.found() == [(SERVICE, "answer", Kind.UNREADABLE)]


def test_a_process_that_was_not_told_its_digest_is_no_difference(world: World) -> None:
    world.answer = {"image_digest": "none"}
    assert world.found() == []


@pytest.mark.parametrize(("ends", "over"), [(timedelta(days=1), False), (timedelta(0), True)])
def test_a_pin_without_a_rollout_is_drift(world: World, ends: timedelta, over: bool) -> None:
    world.pins = [Pin("production", SERVICE, ONE, "ann", "rolled back", NOW - timedelta(days=6), NOW + ends)]
    (found,) = world.compared().differences
    assert found.what == "pins"
    assert ("should have ended" in found.told) is over


def test_what_runs_without_a_record_is_unknown(world: World) -> None:
    env = LAID.environ("admin-dashboard")
    world.target.stage(Wanted("admin-dashboard", "nba-admin-dashboard-x", "x", IMAGE, env), create=True)
    assert ("admin-dashboard", "record", Kind.UNKNOWN) in world.found()


def test_an_unknown_service_is_found(world: World) -> None:
    world.deployed = lambda: ["nba-admin-dashboard", SERVICE, "somebodys-experiment"]
    (found,) = world.compared().differences
    assert (found.service, found.kind) == ("", Kind.UNKNOWN)
    assert "somebodys-experiment" in found.told


def test_topics_and_subscriptions_are_compared_in_both_directions(world: World) -> None:
    live = subscriptions(Places({name: LAID.url(name) for name in LAID.services}))
    changed = [replace(live[0], endpoint="https://elsewhere"), *live[2:], replace(live[1], name="by-hand")]
    names = [*topics(Places())[1:], "hand-made"]
    world.ground["wires"] = lambda: Declared(tuple(names), tuple(changed))
    kinds = sorted(kind for _, what, kind in world.found() if what == "topics")
    assert kinds == sorted([Kind.MISSING, Kind.UNKNOWN, Kind.MISSING, Kind.UNKNOWN, Kind.DIFFERENT])


def test_a_binding_and_a_schedule_that_were_deleted_or_added_by_hand_are_found(world: World) -> None:
    def invokers(service: str) -> set[str]:
        declared = {*LAID.services[service].invokers}
        return declared - {"bus"} | {"everybody"} if service == SERVICE else declared

    world.ground |= {"invokers": invokers, "schedules": lambda: {"hourly": "analytics-processor", "odd": SERVICE}}
    assert sorted(world.found()) == [
        ("", "invokers", Kind.MISSING),
        ("", "invokers", Kind.UNKNOWN),
        ("", "schedules", Kind.MISSING),
        ("", "schedules", Kind.UNKNOWN),
    ]


def test_what_cannot_be_read_is_a_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: str) -> Any:
        raise TargetUnavailable("no answer")

    def locked() -> Declared:
        raise StoreUnavailable("locked for too long")

    monkeypatch.setattr(world.target, "read_weights", gone)
    world.ground["wires"] = locked
    assert sorted(world.found()) == [("", "topics", Kind.UNREADABLE), (SERVICE, "weights", Kind.UNREADABLE)]


def test_comparing_nothing_is_an_error(world: World) -> None:
    empty = World(MemoryTarget(FixedClock(NOW), {}), world.row)
    with pytest.raises(NothingCompared, match="deploy something first"):
        compare(replace(empty.reality(), standing=lambda _: None))
