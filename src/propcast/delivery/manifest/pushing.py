"""The manifest's subscriptions beside those of the code."""

from collections.abc import Iterator, Mapping

from propcast.backends.bus import port
from propcast.delivery.manifest.model import ServiceManifest, Subscription
from propcast.service.catalogue import Entry
from propcast.service.topics import ROUTES, Places, subscription_name, subscriptions

STABLE_ONLY = " AND NOT attributes:lane"
"""Ends the filter of a subscription whose canary has one of its own."""
HERE = Places()


def disagreements(service: ServiceManifest, entry: Entry) -> Iterator[str]:
    """Yield every subscription that is missing, unknown or different."""
    code = of_code(entry)
    told = {each.topic: each for each in service.subscriptions}
    if len(told) < len(service.subscriptions):
        yield "subscriptions: a topic is there twice"
    for topic in code.keys() | told.keys():
        if topic not in told:
            yield f"subscriptions: {topic} is missing"
        elif topic not in code:
            yield f"subscriptions: the code does not take {topic}"
        else:
            yield from _different(told[topic], code[topic])


def of_code(entry: Entry) -> dict[str, Subscription]:
    """Return what is pushed to a service, by topic, dead letters left out: those go to one place by rule."""
    every = {each.name: each for each in subscriptions(HERE)}
    mine = [route for route in ROUTES if route.service is entry]
    return {
        route.topic.value: _declared(every[subscription_name(route.topic.value, entry)], route.path) for route in mine
    }


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


def _written(wanted: Mapping[str, str]) -> str:
    return " AND ".join(f'attributes.{name} = "{value}"' for name, value in sorted(wanted.items()))


def _different(told: Subscription, code: Subscription) -> Iterator[str]:
    plain = told.model_copy(update={"filter": told.filter.removesuffix(STABLE_ONLY)})
    for name in Subscription.model_fields:
        here, there = getattr(plain, name), getattr(code, name)
        if here != there:
            yield f"subscriptions: {told.topic} has {name} {here!r}, the code says {there!r}"
