"""The manifest's subscriptions beside those of the code."""

from collections.abc import Iterator

from propcast.backends.bus import port
from propcast.backends.bus.port import Filter
from propcast.delivery.manifest.model import ServiceManifest, Subscription
from propcast.pipeline.messages import CANARY, LANE
from propcast.service.catalogue import Entry
from propcast.service.topics import ROUTES, Places, subscription_name, subscriptions

HERE = Places()
Key = tuple[str, bool]
"""A topic, and whether it is a canary's lane of it."""


def disagreements(service: ServiceManifest, entry: Entry) -> Iterator[str]:
    """Yield every subscription that is missing, unknown or different."""
    code, told = of_code(entry), {_key(each): each for each in service.subscriptions}
    if len(told) < len(service.subscriptions):
        yield "subscriptions: a topic is there twice"
    for key in code.keys() | told.keys():
        named = f"the canary's {key[0]}" if key[1] else key[0]
        if key not in told:
            yield f"subscriptions: {named} is missing"
        elif key not in code:
            yield f"subscriptions: the code does not take {named}"
        else:
            yield from _different(named, told[key], code[key])


def of_code(entry: Entry) -> dict[Key, Subscription]:
    """Return what is pushed to a service, dead letters left out: those go to one place by rule."""
    every = {each.name: each for each in subscriptions(HERE)}
    mine = [route for route in ROUTES if route.service is entry]
    found = [_declared(every[subscription_name(route.topic.value, entry, route.lane)], route.path) for route in mine]
    return {_key(each): each for each in found}


def _key(told: Subscription) -> Key:
    return told.topic, _term(LANE, CANARY) in told.filter


def _declared(pushed: port.Subscription, path: str) -> Subscription:
    return Subscription(
        topic=pushed.topic,
        path=path,
        filter=_written(pushed.filter),
        ack_deadline_s=int(pushed.ack_deadline_s),
        max_deliveries=pushed.max_deliveries,
        backoff_s=(int(pushed.min_backoff_s), int(pushed.max_backoff_s)),
        dead_letter=pushed.dead_letter_topic,
    )


def _written(wanted: Filter) -> str:
    """Return a filter in the words of Pub/Sub, what must be there before what must not."""
    terms = sorted(wanted.items(), key=lambda term: (term[1] is None, term[0]))
    return " AND ".join(_term(name, value) for name, value in terms)


def _term(name: str, value: str | None) -> str:
    return f"NOT attributes:{name}" if value is None else f'attributes.{name} = "{value}"'


def _different(named: str, told: Subscription, code: Subscription) -> Iterator[str]:
    for name in Subscription.model_fields:
        here, there = getattr(told, name), getattr(code, name)
        if here != there:
            yield f"subscriptions: {named} has {name} {here!r}, the code says {there!r}"
