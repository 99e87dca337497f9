"""A subscription that pushes to nobody for a while, and where it pushed to."""

from dataclasses import replace

from google.pubsub_v1 import types

from propcast.backends.bus.pubsub.memory import Aim, Memory
from propcast.backends.bus.pubsub.subscriptions import memory_of, push_config


def paused(found: types.Subscription, account: str) -> types.Subscription:
    """Return a subscription that pushes to nobody and remembers where it did; itself when it does so already."""
    memory = memory_of(found)
    if memory.paused is not None:
        return found
    token = found.push_config.oidc_token
    aim = Aim(found.push_config.push_endpoint, token.audience)
    return _with(found, replace(memory, paused=aim), push_config(None, account))


def resumed(found: types.Subscription, account: str) -> types.Subscription:
    """Return a subscription that pushes again to where it did."""
    memory = memory_of(found)
    if memory.paused is None:
        return found
    return _with(found, replace(memory, paused=None), push_config(memory.paused, account))


def _with(found: types.Subscription, memory: Memory, pushes: types.PushConfig) -> types.Subscription:
    changed = types.Subscription(found)
    changed.labels = memory.labels(found.labels)
    changed.push_config = pushes
    return changed
