"""Each missing prerequisite is refused by name; what cannot be looked at refuses too."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.bus.port import Declared, Subscription
from propcast.backends.compose import Backends, compose
from propcast.backends.secrets.port import MissingSecret
from propcast.backends.settings import load_settings
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import Live
from propcast.core.errors import StoreUnavailable
from propcast.core.sport import Sport
from propcast.delivery.ground import Ground, here
from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.manifest.reading import Laid, lay, read
from propcast.delivery.prerequisites.looking import checks_of, look, missing
from propcast.pipeline.models import register
from propcast.pipeline.publication import PUBLISH
from propcast.pipeline.steps import StepResult, StepStore, run_step
from propcast.service.topics import Places, subscriptions, topics
from tests.forecast.models import artefact
from tests.forecast.slates import POINTS, STRIKEOUTS

MANIFEST = read(Path(__file__).parents[3] / "deploy" / "propcast.toml")
WORKER, REQUESTS = "prediction-worker", "prediction-request.prediction-worker"
LIVE = subscriptions(Places())


@dataclass
class Bindings:
    """Who may do what, as the manifest declares it, but for what a test changes."""

    laid: Laid
    denied: set[tuple[str, str]] = field(default_factory=set)
    more: set[tuple[str, str]] = field(default_factory=set)

    def invokers(self, service: str) -> set[str]:
        return self._changed(service, {*self.laid.services[service].invokers})

    def publishers(self, topic: str) -> set[str]:
        return self._changed(topic, {"bus", *(each.service_account for each in self.laid.services.values())})

    def _changed(self, what: str, names: set[str]) -> set[str]:
        denied, more = ({name for at, name in some if at == what} for some in (self.denied, self.more))
        return (names - denied) | more


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """A home that has everything: topics, subscriptions, and a model of each sport."""
    backends = compose(load_settings(home=tmp_path_factory.mktemp("home"), environ={}), environ={})
    backends.bus.ensure(topics(Places()), LIVE)

    def work(store: StepStore) -> StepResult:
        for market in (POINTS, STRIKEOUTS):
            register(backends, store, artefact(market))
        return StepResult(StepState.DONE)

    run_step(backends, PUBLISH, Sport.NBA, None, work)
    return backends


@pytest.fixture
def local(stores: Backends) -> Ground:
    laid = lay(MANIFEST, "local")
    return here(laid, laid.url, stores)


@pytest.fixture
def cloud(stores: Backends) -> Ground:
    """Production as it would be with an adapter for everything, and nothing missing."""
    laid = lay(MANIFEST, "production")
    live = subscriptions(Places({name: laid.url(name) for name in laid.services}))
    return Ground(
        laid, laid.url, stores,
        vault=lambda name, version: f"{name} {version}",
        wires=lambda: Declared(tuple(topics(Places())), tuple(live)),
        invokers=Bindings(laid).invokers,
        publishers=Bindings(laid).publishers,
        schedules=lambda: {name: name for name, each in laid.services.items() if "scheduler" in each.invokers},
        headroom=lambda _: "",
        on_call=lambda _: True,
    )  # fmt: skip


def lacking(ground: Ground) -> dict[str, list[str]]:
    return missing(look(ground))


def test_nothing_is_missing_where_everything_is_there(local: Ground, cloud: Ground) -> None:
    assert lacking(local) == {}
    assert lacking(cloud) == {}
    assert {each.service for each in look(cloud)} == {*MANIFEST.services}


def no_secret(name: str, _: str) -> object:
    raise MissingSecret(f"{name} is nowhere")


def without(name: str) -> Callable[[Declared], Declared]:
    """Return what leaves a topic or subscription of that name out."""
    return lambda live: Declared(
        tuple(each for each in live.topics if each != name),
        tuple(each for each in live.subscriptions if name not in (each.name, each.topic)),
    )


def changed(name: str, **fields: object) -> Callable[[Declared], Declared]:
    def change(each: Subscription) -> Subscription:
        return replace(each, **fields) if each.name == name else each  # type: ignore[arg-type]

    return lambda live: Declared(live.topics, tuple(change(each) for each in live.subscriptions))


@pytest.mark.parametrize(
    ("change", "service", "told"),
    [
        (without("prediction-ready"), WORKER, "wires: topic prediction-ready is missing"),
        (without(REQUESTS), WORKER, f"wires: subscription {REQUESTS} is missing"),
        (changed(REQUESTS, filter={}), WORKER, "has another filter"),
        (changed(REQUESTS, dead_letter_topic=None), WORKER, "has another dead_letter_topic"),
        (without("raw-ready-dead"), "analytics-processor", "nobody takes the dead letters of raw-ready"),
    ],
)
def test_wires_that_lack_or_differ_are_named(
    cloud: Ground, change: Callable[[Declared], Declared], service: str, told: str
) -> None:
    assert cloud.wires is not None
    live = cloud.wires()
    found = lacking(replace(cloud, wires=lambda: change(live)))
    assert told in "; ".join(found[service])


def test_a_subscription_is_what_its_own_service_lacks(cloud: Ground) -> None:
    assert cloud.wires is not None
    live = changed(REQUESTS, filter={})(cloud.wires())
    assert {*lacking(replace(cloud, wires=lambda: live))} == {WORKER}


def test_a_secret_that_is_nowhere_is_named(cloud: Ground) -> None:
    found = lacking(replace(cloud, vault=no_secret))
    assert found["admin-dashboard"] == ["secrets: PROPCAST_SESSION_KEY is nowhere"]


def test_a_variable_that_is_not_set_is_named(cloud: Ground) -> None:
    broken = cloud.laid.environment.model_copy(update={"bucket": ""})
    found = lacking(replace(cloud, laid=replace(cloud.laid, environment=broken)))
    assert "variables: PROPCAST_BUCKET is not set" in found[WORKER]


@pytest.mark.parametrize("how", ["denied", "more"])
def test_bindings_are_looked_at_in_both_directions(cloud: Ground, how: str) -> None:
    bindings = Bindings(cloud.laid)
    (bindings.denied if how == "denied" else bindings.more).add((WORKER, "bus" if how == "denied" else "everybody"))
    told = "bus may not call it" if how == "denied" else "everybody may call it, which nothing declares"
    assert lacking(replace(cloud, invokers=bindings.invokers)) == {WORKER: [f"invokers: {told}"]}


@pytest.mark.parametrize(
    ("topic", "who", "told"),
    [
        ("analytics-ready", "analytics-processor", "analytics-processor may not publish to analytics-ready"),
        ("raw-ready-dead", "bus", "the bus may not forward dead letters to raw-ready-dead"),
    ],
)
def test_who_must_publish_may(cloud: Ground, topic: str, who: str, told: str) -> None:
    found = lacking(replace(cloud, publishers=Bindings(cloud.laid, denied={(topic, who)}).publishers))
    assert f"publishers: {told}" in found["analytics-processor"]


def test_a_schedule_quota_or_owner_that_lacks_is_named(cloud: Ground) -> None:
    assert lacking(replace(cloud, schedules=dict))["analytics-processor"] == ["schedules: no schedule calls it"]
    assert lacking(replace(cloud, headroom=lambda _: "2 CPU short"))[WORKER] == ["quota: 2 CPU short"]
    assert lacking(replace(cloud, on_call=lambda _: False))[WORKER] == ["owner: nobody of forecasting is on call"]


def test_a_model_that_is_not_what_its_row_says_is_named(local: Ground, stores: Backends, tmp_path: Path) -> None:
    class Tampered:
        def exists(self, key: str) -> bool:
            return True

        def get(self, key: str) -> bytes:
            return stores.objects.get(key)[:-1] + b"x"

    ground = replace(local, stores=replace(stores, objects=Tampered()))  # type: ignore[arg-type]
    found = lacking(ground)
    assert {*found} == {WORKER, "mlb-prediction-worker"}
    assert "models: the model file has sha256" in found[WORKER][0]


def test_an_environment_without_models_is_told_to_publish_some(local: Ground, tmp_path: Path) -> None:
    empty = compose(load_settings(home=tmp_path, environ={}), environ={})
    found = lacking(replace(local, stores=empty))
    assert found[WORKER] == ["models: no model of nba is registered; `propcast models publish` one"]


def test_a_table_that_lacks_a_column_is_to_be_migrated_first(local: Ground, stores: Backends) -> None:
    class Older:
        def live(self, table: object) -> Live | None:
            return Live({"model_id": pl.String()}, None) if getattr(table, "name", "") == "models" else None

        read = stores.warehouse.read

    found = lacking(replace(local, stores=replace(stores, warehouse=Older())))  # type: ignore[arg-type]
    assert {*found} == {*MANIFEST.services}
    assert found[WORKER][0].startswith("tables: models lacks sport, ")


@pytest.mark.parametrize(
    ("port", "check"),
    [("stores", "models"), ("stores", "tables"), ("vault", "secrets"), ("wires", "wires"), ("invokers", "invokers"),
     ("publishers", "publishers"), ("schedules", "schedules"), ("headroom", "quota"), ("on_call", "owner")],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_inconclusive_and_refuses(cloud: Ground, port: str, check: str) -> None:
    blind = replace(cloud, **{port: None})  # type: ignore[arg-type]
    verdicts = {each.verdict for each in look(blind) if each.check == check}
    assert Verdict.INCONCLUSIVE in verdicts
    assert Verdict.FAIL not in verdicts
    assert f"{check}: cannot be looked at" in "; ".join(told for some in lacking(blind).values() for told in some)


def test_a_store_that_does_not_answer_is_inconclusive(cloud: Ground) -> None:
    def silent() -> Declared:
        raise StoreUnavailable("locked for too long")

    found = {each.verdict for each in look(replace(cloud, wires=silent)) if each.check == "wires"}
    assert found == {Verdict.INCONCLUSIVE}


def test_one_machine_has_no_bindings_schedules_and_quotas(local: Ground, cloud: Ground) -> None:
    assert {*checks_of(cloud)} - {*checks_of(local)} == {"invokers", "publishers", "schedules", "quota"}
