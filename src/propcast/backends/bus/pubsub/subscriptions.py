"""Subscriptions of the port as Pub/Sub writes them, and back."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.pubsub_v1 import types

from propcast.backends.bus import port
from propcast.backends.bus.pubsub import filters
from propcast.backends.bus.pubsub.memory import Aim, Memory
from propcast.backends.bus.pubsub.names import Names, keeper_of, short

PLATFORM_TRIES = 100
"""Pub/Sub counts every answer but 2xx, also that a service is away: its own limit is far above our budget."""
ACK_S, BACKOFF_S, DELIVERIES = (10, 600), (0.0, 600.0), (5, 100)
"""What Pub/Sub takes; anything outside becomes the nearest that it does."""
KEPT = timedelta(days=7)
"""How long a message waits for a subscription that does not take it."""

Plain = Callable[[types.Subscription], object]


def wanted(
    names: Names,
    declared: port.Subscription,
    account: str,
    found: types.Subscription | None = None,
    tries: int | None = None,
) -> types.Subscription:
    """Return a subscription as it is to be; one that is found paused stays so.

    A message dies after so many `tries`, whatever is declared: where services count themselves what they could not do.
    """
    aim = Aim(declared.endpoint, declared.audience)
    paused = found is not None and memory_of(found).paused is not None
    memory = Memory(declared.concurrency, declared.max_deliveries, aim if paused else None)
    return types.Subscription(
        name=names.subscription(declared.name),
        topic=names.topic(declared.topic),
        push_config=push_config(None if paused else aim, account),
        ack_deadline_seconds=round(_within(declared.ack_deadline_s, ACK_S)),
        filter=filters.written(declared.filter),
        labels=memory.labels({} if found is None else found.labels),
        retry_policy=_retries(declared),
        dead_letter_policy=_dead_letters(names, declared, tries),
        message_retention_duration=KEPT,
        expiration_policy=types.ExpirationPolicy(),  # without a time: it outlives an off-season
    )


def keeper(names: Names, dead_letter_topic: str) -> types.Subscription:
    """Return the subscription that keeps the letters of a dead-letter topic until somebody replays them."""
    return types.Subscription(
        name=names.subscription(keeper_of(dead_letter_topic)),
        topic=names.topic(dead_letter_topic),
        ack_deadline_seconds=60,
        message_retention_duration=KEPT,
        expiration_policy=types.ExpirationPolicy(),
    )


def push_config(aim: Aim | None, account: str) -> types.PushConfig:
    """Return how messages are pushed there in the name of an account; not at all without an endpoint."""
    if aim is None or not aim.endpoint:
        return types.PushConfig()
    token = types.PushConfig.OidcToken(service_account_email=account, audience=aim.audience)
    return types.PushConfig(push_endpoint=aim.endpoint, oidc_token=token)


def declared_as(found: types.Subscription) -> port.Subscription:
    """Return what a subscription that there is was declared as; a paused one as it will be again."""
    memory = memory_of(found)
    token = found.push_config.oidc_token
    aim = memory.paused or Aim(found.push_config.push_endpoint, token.audience)
    dead, retries = found.dead_letter_policy.dead_letter_topic, found.retry_policy
    fields: Mapping[str, Any] = {
        "name": short(found.name),
        "topic": short(found.topic),
        "endpoint": aim.endpoint,
        "audience": aim.audience,
        "filter": filters.read(found.filter),
        "ack_deadline_s": float(found.ack_deadline_seconds),
        "max_deliveries": memory.max_deliveries,
        "min_backoff_s": _seconds(retries.minimum_backoff),
        "max_backoff_s": _seconds(retries.maximum_backoff),
        "dead_letter_topic": short(dead) if dead else None,
        "concurrency": memory.concurrency,
    }
    return port.Subscription(**fields)


def memory_of(found: types.Subscription) -> Memory:
    """Return what the labels of a subscription remember."""
    plain = port.Subscription("", "", "", "")
    return Memory.of(found.labels, concurrency=plain.concurrency, max_deliveries=plain.max_deliveries)


def differing(found: types.Subscription, other: types.Subscription) -> list[str]:
    """Return the fields in which two subscriptions differ, those that can't be changed (`FIXED`) first."""
    return [name for name, plain in PLAIN.items() if plain(found) != plain(other)]


FIXED = ("topic", "filter")
"""What Pub/Sub never changes in a subscription: it would have to be made anew, and its messages would be lost."""
PLAIN: Mapping[str, Plain] = {
    "topic": lambda each: each.topic,
    "filter": lambda each: each.filter,
    "push_config": lambda each: (
        each.push_config.push_endpoint,
        each.push_config.oidc_token.service_account_email,
        each.push_config.oidc_token.audience,
    ),
    "ack_deadline_seconds": lambda each: each.ack_deadline_seconds,
    "retry_policy": lambda each: (
        _seconds(each.retry_policy.minimum_backoff), _seconds(each.retry_policy.maximum_backoff)
    ),
    "dead_letter_policy": lambda each: (
        each.dead_letter_policy.dead_letter_topic, each.dead_letter_policy.max_delivery_attempts
    ),
    "expiration_policy": lambda each: _seconds(each.expiration_policy.ttl),
    "labels": lambda each: dict(each.labels),
}  # fmt: skip
"""What is compared of a subscription: what Pub/Sub itself adds, such as the version of pushes, is not."""


def _retries(declared: port.Subscription) -> types.RetryPolicy:
    shortest, longest = (_within(each, BACKOFF_S) for each in (declared.min_backoff_s, declared.max_backoff_s))
    return types.RetryPolicy(
        minimum_backoff=timedelta(seconds=shortest), maximum_backoff=timedelta(seconds=max(shortest, longest))
    )


def _dead_letters(names: Names, declared: port.Subscription, tries: int | None) -> types.DeadLetterPolicy | None:
    if declared.dead_letter_topic is None:
        return None
    tries = round(_within(tries or declared.max_deliveries, DELIVERIES))
    return types.DeadLetterPolicy(
        dead_letter_topic=names.topic(declared.dead_letter_topic), max_delivery_attempts=tries
    )


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _seconds(duration: timedelta | Duration | None) -> float:
    return duration.total_seconds() if isinstance(duration, timedelta) else 0.0
