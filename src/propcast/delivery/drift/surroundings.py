"""What services stand on, against the manifest: nothing may lack, and nothing may be there that nobody declared."""

from collections.abc import Mapping
from functools import partial

from propcast.backends.secrets.port import MissingSecret
from propcast.delivery.drift.finding import Compare, Found, Kind
from propcast.delivery.drift.reality import Reality
from propcast.delivery.ground import different
from propcast.service.topics import Places, topics


def of_environment(reality: Reality) -> tuple[Mapping[str, Compare], list[str]]:
    """Return what is compared, and what there is no way to look at."""
    ground = reality.ground
    every = {
        "services": (reality.deployed, partial(_services, reality)),
        "topics": (ground.wires, partial(_wires, reality)),
        "invokers": (ground.invokers, partial(_invokers, reality)),
        "publishers": (ground.publishers, partial(_publishers, reality)),
        "vault": (ground.vault if ground.laid.environment.backend != "local" else None, partial(_vault, reality)),
        "schedules": (ground.schedules, partial(_schedules, reality)),
    }
    unseen = [f"{name}: there is no adapter that reads them" for name, (port, _) in every.items() if port is None]
    return {name: compare for name, (port, compare) in every.items() if port is not None}, unseen


def _services(reality: Reality) -> Found:
    if reality.deployed is None:
        return
    known = {each.deployed_name for each in reality.ground.laid.services.values()}
    for name in sorted({*reality.deployed()} - known):
        yield Kind.UNKNOWN, f"service {name} runs, and the manifest has no such name"


def _wires(reality: Reality) -> Found:
    if reality.ground.wires is None:
        return
    live = reality.ground.wires()
    expected, found = ({each.name: each for each in some} for some in (reality.ground.expected(), live.subscriptions))
    yield from _names("topic", {*topics(Places())}, {*live.topics})
    yield from _names("subscription", {*expected}, {*found})
    for name in sorted(expected.keys() & found.keys()):
        if other := different(expected[name], found[name]):
            yield Kind.DIFFERENT, f"subscription {name} has another {', '.join(other)}"


def _invokers(reality: Reality) -> Found:
    if reality.ground.invokers is None:
        return
    for name, service in reality.ground.laid.services.items():
        if reality.standing(name) is not None:
            yield from _names(f"invoker of {name}", {*service.invokers}, {*reality.ground.invokers(name)})


def _publishers(reality: Reality) -> Found:
    if reality.ground.publishers is None:
        return
    wanted = dict[str, set[str]]()
    for service in reality.ground.laid.services.values():
        for topic in service.publishes:
            wanted.setdefault(topic, set()).add(service.service_account)
        for dead in (each.dead_letter for each in service.subscriptions if each.dead_letter):
            wanted.setdefault(dead, set()).add("bus")
    for topic, names in sorted(wanted.items()):
        yield from _names(f"publisher to {topic}", names, {*reality.ground.publishers(topic)})


def _vault(reality: Reality) -> Found:
    if reality.ground.vault is None:
        return
    for name, version in _versions(reality):
        try:
            reality.ground.vault(name, version)
        except MissingSecret as error:
            yield Kind.MISSING, str(error)


def _versions(reality: Reality) -> list[tuple[str, str]]:
    every = (each.secrets.items() for each in reality.ground.laid.services.values())
    return sorted({pair for pairs in every for pair in pairs})


def _schedules(reality: Reality) -> Found:
    if reality.ground.schedules is None:
        return
    laid = reality.ground.laid.services
    wanted = {name for name, service in laid.items() if "scheduler" in service.invokers}
    yield from _names("schedule of", wanted, {*reality.ground.schedules().values()})


def _names(what: str, wanted: set[str], live: set[str]) -> Found:
    yield from ((Kind.MISSING, f"{what} {name} is missing") for name in sorted(wanted - live))
    yield from ((Kind.UNKNOWN, f"{what} {name} is there, and nothing declares it") for name in sorted(live - wanted))
