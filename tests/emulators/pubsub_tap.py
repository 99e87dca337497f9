"""Listens to what a client says to the emulator of Pub/Sub: counts what waits, and keeps what it would not keep well.

That is labels, which it cannot change, and retry policies, over which it loses messages (`retries.py`).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import grpc
from google.pubsub_v1 import SubscriberClient, types

from propcast.backends.bus.pubsub.meter import Waiting
from propcast.backends.bus.pubsub.names import Names, is_keeper, short
from tests.emulators.postman import Postman, key_of, passes

Continue = Callable[[grpc.ClientCallDetails, Any], Any]


class Tap(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    """Remembers publications, declarations, labels and retry policies of one project."""

    def __init__(self) -> None:
        self.published: dict[str, list[tuple[str, dict[str, str], float]]] = defaultdict(list)
        self.since: dict[str, int] = {}
        self.taken: set[tuple[str, str]] = set()
        self._labels: dict[str, dict[str, str]] = {}
        self._policies: dict[str, types.RetryPolicy] = {}
        self._leases: dict[str, str] = {}

    def intercept_unary_unary(self, go_on: Continue, details: grpc.ClientCallDetails, request: Any) -> Any:
        method = short(details.method if isinstance(details.method, str) else details.method.decode())
        if method == "UpdateSubscription":
            self._keep_of_change(request)
        call = go_on(details, self._keep_of(request) if method == "CreateSubscription" else request)
        heard = self._ears().get(method)
        if heard is not None and not isinstance(call, grpc.RpcError):
            heard(request, call.result())
        return call

    def _ears(self) -> dict[str, Callable[[Any, Any], None]]:
        return {
            "GetSubscription": self._got,
            "ListSubscriptions": self._listed,
            "CreateSubscription": self._created,
            "Publish": self._sent,
            "Pull": self._leased,
            "Acknowledge": self._took,
        }

    def _keep_of(self, new: types.Subscription) -> types.Subscription:
        self._policies[new.name] = new.retry_policy
        without = types.Subscription(new)
        del without.retry_policy
        return without

    def _keep_of_change(self, request: Any) -> None:
        wanted, paths = request.subscription, request.update_mask.paths
        if "labels" in paths:
            self._labels[wanted.name] = dict(wanted.labels)
            paths.remove("labels")
        if "retry_policy" in paths:
            self._policies[wanted.name] = wanted.retry_policy
            paths.remove("retry_policy")
        if not paths:
            paths.append("ack_deadline_seconds")  # a change that changes nothing

    def _got(self, _: Any, found: Any) -> None:
        if found.name in self._labels:
            found.labels.clear()
            found.labels.update(self._labels[found.name])
        if found.name in self._policies:
            found.retry_policy = self._policies[found.name]

    def _listed(self, _: Any, found: Any) -> None:
        for each in found.subscriptions:
            self._got(None, each)

    def _created(self, request: Any, _: Any) -> None:
        self.since[request.name] = len(self.published[request.topic])

    def _sent(self, request: Any, answer: Any) -> None:
        drafts = zip(answer.message_ids, request.messages, strict=True)
        self.published[request.topic] += [(given, dict(each.attributes), monotonic()) for given, each in drafts]

    def _leased(self, request: Any, answer: Any) -> None:
        self._leases |= {each.ack_id: each.message.message_id for each in answer.received_messages}

    def _took(self, request: Any, _: Any) -> None:
        self.taken |= {(request.subscription, self._leases[each]) for each in request.ack_ids}


@dataclass(frozen=True)
class StandInMeter:
    """Measures what Cloud Monitoring measures, at once: what was published and neither taken nor given up."""

    names: Names
    tap: Tap
    postman: Postman
    subscriber: SubscriberClient

    def waiting(self, subscription: str) -> Waiting:
        """Return what waits on a subscription."""
        path = self.names.subscription(subscription)
        if is_keeper(subscription):
            return Waiting(self._kept(path), 0.0)
        found = self.subscriber.get_subscription(subscription=path)
        gone = self.postman.acknowledged | self.tap.taken
        open_ = [
            at
            for given, attributes, at in self.tap.published[found.topic][self.tap.since[path] :]
            if (path, given) not in gone
            and passes(found.filter, attributes)
            and (subscription, key_of(attributes)) not in self.postman.given_up
        ]
        return Waiting(len(open_), monotonic() - min(open_) if open_ else 0.0)

    def _kept(self, path: str) -> int:
        found = self.subscriber.pull(subscription=path, max_messages=1000, timeout=5).received_messages
        if found:
            ids = [each.ack_id for each in found]
            self.subscriber.modify_ack_deadline(subscription=path, ack_ids=ids, ack_deadline_seconds=0)
        return len(found)
