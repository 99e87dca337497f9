"""The prerequisites, each a named look at one service: it yields what is missing, and raises what it cannot see."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from propcast.backends.secrets.port import MissingSecret
from propcast.backends.warehouse.misfits import misfit
from propcast.core.errors import ModelRefused
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.delivery.ground import CannotLook, Ground, different
from propcast.pipeline.models import load_pinned
from propcast.pipeline.registry import newest
from propcast.service import catalogue
from propcast.service.wiring import secret_names
from propcast.tables import registry

Check = Callable[[Ground, str], Iterator[str]]
T = TypeVar("T")

ALIASES = "PROPCAST_MODEL_ALIASES"
CHAMPION = "champion"


def variables(ground: Ground, service: str) -> Iterator[str]:
    """Every variable is set and well formed."""
    yield from catalogue.service(service).examine(ground.laid.environ(service)).sentences


def secrets(ground: Ground, service: str) -> Iterator[str]:
    """Every secret can be resolved, at the version that the manifest says."""
    entry, versions = catalogue.service(service), ground.laid.services[service].secrets
    names = dict.fromkeys([*secret_names(entry, ground.laid.environ(service)), *versions])
    for name in names:
        try:
            _seen(ground.vault, "secrets")(name, versions.get(name, ""))
        except MissingSecret as error:
            yield str(error)


def models(ground: Ground, service: str) -> Iterator[str]:
    """Every model behind an alias is there, is the one on record, and gives its golden predictions here."""
    if "models" not in catalogue.service(service).groups:
        return
    for alias in ground.laid.environ(service).get(ALIASES, "").split(","):
        sport, _, called = alias.strip().partition("/")
        if called != CHAMPION or sport not in list(Sport):
            yield f"nothing is called {alias!r}; write SPORT/{CHAMPION}"
        else:
            yield from _champions(ground, Sport(sport))


def wires(ground: Ground, service: str) -> Iterator[str]:
    """Its topics and subscriptions are there as they should be, and somebody takes the dead letters."""
    live = _seen(ground.wires, "topics and subscriptions")()
    known = {each.name: each for each in live.subscriptions}
    declared = ground.laid.services[service]
    for topic in declared.publishes:
        if topic not in live.topics:
            yield f"topic {topic} is missing"
    for each in ground.expected():
        if each.audience != ground.url(service):
            continue
        if each.name not in known:
            yield f"subscription {each.name} is missing"
        elif other := different(each, known[each.name]):
            yield f"subscription {each.name} has another {', '.join(other)}"
        if each.dead_letter_topic and each.dead_letter_topic not in {one.topic for one in live.subscriptions}:
            yield f"nobody takes the dead letters of {each.topic} from {each.dead_letter_topic}"


def tables(ground: Ground, _service: str) -> Iterator[str]:
    """Every table that there is has the columns that are declared; one that is not is made by its first write."""
    stores = _seen(ground.stores, "tables")
    for table in registry.ALL.values():
        live = stores.warehouse.live(table)
        if live is not None and (found := misfit(table, live)).missing:
            yield f"{found.sentence()}; migrate it first"


def owner(ground: Ground, service: str) -> Iterator[str]:
    """Somebody owns it; in the cloud somebody of theirs can be reached now."""
    named = ground.laid.services[service].owner
    if ground.laid.environment.backend != "local" and not _seen(ground.on_call, "who is on call")(named):
        yield f"nobody of {named} is on call"


def invokers(ground: Ground, service: str) -> Iterator[str]:
    """Exactly those may call it that the manifest names."""
    wanted, live = {*ground.laid.services[service].invokers}, {*_seen(ground.invokers, "invokers")(service)}
    yield from (f"{name} may not call it" for name in sorted(wanted - live))
    yield from (f"{name} may call it, which nothing declares" for name in sorted(live - wanted))


def publishers(ground: Ground, service: str) -> Iterator[str]:
    """It may publish to its topics, and the bus may forward its dead letters."""
    allowed, declared = _seen(ground.publishers, "publishers"), ground.laid.services[service]
    for topic in declared.publishes:
        if declared.service_account not in allowed(topic):
            yield f"{declared.service_account} may not publish to {topic}"
    for dead in (each.dead_letter for each in declared.subscriptions):
        if dead and "bus" not in allowed(dead):
            yield f"the bus may not forward dead letters to {dead}"


def schedules(ground: Ground, service: str) -> Iterator[str]:
    """What is called by schedule has one."""
    if "scheduler" in ground.laid.services[service].invokers:
        found = _seen(ground.schedules, "schedules")()
        if service not in found.values():
            yield "no schedule calls it"


def quota(ground: Ground, service: str) -> Iterator[str]:
    """There is room for a second set of instances."""
    if short := _seen(ground.headroom, "quotas")(service):
        yield short


EVERYWHERE: Mapping[str, Check] = {each.__name__: each for each in (variables, secrets, models, wires, tables, owner)}
IN_THE_CLOUD: Mapping[str, Check] = {each.__name__: each for each in (invokers, publishers, schedules, quota)}


def _seen(port: T | None, what: str) -> T:
    if port is None:
        raise CannotLook(f"there is no adapter yet that reads {what} there")
    return port


def _champions(ground: Ground, sport: Sport) -> Iterator[str]:
    stores = _seen(ground.stores, "models")
    rows = newest(stores, markets_of(sport), GameDay.of_instant(stores.clock.now()))
    if rows.is_empty():
        yield f"no model of {sport} is registered; `propcast models publish` one"
    for row in rows.iter_rows(named=True):
        try:
            load_pinned(stores.objects, sport, row["model_id"], row["object_key"], row["sha256"])
        except ModelRefused as error:
            yield str(error)
