"""A small Pub/Sub in memory that pushes nothing: where no emulator is, and where calls have to fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
from google.iam.v1.iam_policy_pb2 import GetIamPolicyRequest, SetIamPolicyRequest
from google.iam.v1.policy_pb2 import Policy
from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1 import types as T  # noqa: N812 - the client's own messages

from tests.emulators.wire import Calls, Refused

Code = grpc.StatusCode


@dataclass
class PubSub:
    """What one Pub/Sub holds, by full names."""

    topics: dict[str, T.Topic] = field(default_factory=dict)
    subscriptions: dict[str, T.Subscription] = field(default_factory=dict)
    waiting: dict[str, list[T.PubsubMessage]] = field(default_factory=dict)
    leased: dict[str, dict[str, T.PubsubMessage]] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    _n: int = 0

    def create_topic(self, request: T.Topic) -> T.Topic:
        if request.name in self.topics:
            raise Refused(Code.ALREADY_EXISTS, "Topic already exists")
        self.topics[request.name] = request
        return request

    def list_topics(self, request: T.ListTopicsRequest) -> T.ListTopicsResponse:
        return T.ListTopicsResponse(topics=[t for name, t in self.topics.items() if name.startswith(request.project)])

    def delete_topic(self, request: T.DeleteTopicRequest) -> Empty:
        self._known(self.topics, request.topic)
        del self.topics[request.topic]
        return Empty()

    def publish(self, request: T.PublishRequest) -> T.PublishResponse:
        self._known(self.topics, request.topic)
        ids = []
        for message in request.messages:
            self._n += 1
            message.message_id, message.publish_time = str(self._n), datetime.now(UTC)
            ids.append(message.message_id)
            for name, each in self.subscriptions.items():
                if each.topic == request.topic:
                    self.waiting[name].append(message)
        return T.PublishResponse(message_ids=ids)

    def create_subscription(self, request: T.Subscription) -> T.Subscription:
        if request.name in self.subscriptions:
            raise Refused(Code.ALREADY_EXISTS, "Subscription already exists")
        self._known(self.topics, request.topic)
        self.subscriptions[request.name] = request
        self.waiting[request.name], self.leased[request.name] = [], {}
        return request

    def get_subscription(self, request: T.GetSubscriptionRequest) -> T.Subscription:
        self._known(self.subscriptions, request.subscription)
        return self.subscriptions[request.subscription]

    def list_subscriptions(self, request: T.ListSubscriptionsRequest) -> T.ListSubscriptionsResponse:
        found = [each for name, each in self.subscriptions.items() if name.startswith(request.project)]
        return T.ListSubscriptionsResponse(subscriptions=found)

    def update_subscription(self, request: T.UpdateSubscriptionRequest) -> T.Subscription:
        self._known(self.subscriptions, request.subscription.name)
        found = self.subscriptions[request.subscription.name]
        for name in request.update_mask.paths:
            setattr(found, name, getattr(request.subscription, name))
        return found

    def delete_subscription(self, request: T.DeleteSubscriptionRequest) -> Empty:
        self._known(self.subscriptions, request.subscription)
        del self.subscriptions[request.subscription]
        return Empty()

    def pull(self, request: T.PullRequest) -> T.PullResponse:
        self._known(self.subscriptions, request.subscription)
        waiting = self.waiting[request.subscription]
        taken, self.waiting[request.subscription] = waiting[: request.max_messages], waiting[request.max_messages :]
        leased = {f"lease-{each.message_id}": each for each in taken}
        self.leased[request.subscription] |= leased
        return T.PullResponse(
            received_messages=[T.ReceivedMessage(ack_id=name, message=each) for name, each in leased.items()]
        )

    def acknowledge(self, request: T.AcknowledgeRequest) -> Empty:
        for each in request.ack_ids:
            self.leased[request.subscription].pop(each, None)
        return Empty()

    def modify_ack_deadline(self, request: T.ModifyAckDeadlineRequest) -> Empty:
        back = [self.leased[request.subscription].pop(each, None) for each in request.ack_ids]
        self.waiting[request.subscription] += [each for each in back if each is not None]
        return Empty()

    def end_leases(self) -> None:
        """Let the time of every lease be over."""
        for name, leased in self.leased.items():
            self.waiting[name] += leased.values()
            leased.clear()

    def get_policy(self, request: GetIamPolicyRequest) -> Policy:
        return self.policies.get(request.resource, Policy())

    def set_policy(self, request: SetIamPolicyRequest) -> Policy:
        self._n += 1
        held = self.policies.get(request.resource, Policy())
        if request.policy.etag != held.etag:
            raise Refused(Code.ABORTED, "the policy was changed by somebody else")
        kept = Policy(bindings=request.policy.bindings, version=request.policy.version, etag=str(self._n).encode())
        self.policies[request.resource] = kept
        return kept

    def services(self) -> Mapping[str, Calls]:
        """Return what serves it."""
        return {
            "google.pubsub.v1.Publisher": {
                "CreateTopic": (T.Topic, self.create_topic),
                "ListTopics": (T.ListTopicsRequest, self.list_topics),
                "DeleteTopic": (T.DeleteTopicRequest, self.delete_topic),
                "Publish": (T.PublishRequest, self.publish),
            },
            "google.pubsub.v1.Subscriber": {
                "CreateSubscription": (T.Subscription, self.create_subscription),
                "GetSubscription": (T.GetSubscriptionRequest, self.get_subscription),
                "ListSubscriptions": (T.ListSubscriptionsRequest, self.list_subscriptions),
                "UpdateSubscription": (T.UpdateSubscriptionRequest, self.update_subscription),
                "DeleteSubscription": (T.DeleteSubscriptionRequest, self.delete_subscription),
                "Pull": (T.PullRequest, self.pull),
                "Acknowledge": (T.AcknowledgeRequest, self.acknowledge),
                "ModifyAckDeadline": (T.ModifyAckDeadlineRequest, self.modify_ack_deadline),
            },
            "google.iam.v1.IAMPolicy": {
                "GetIamPolicy": (GetIamPolicyRequest, self.get_policy),
                "SetIamPolicy": (SetIamPolicyRequest, self.set_policy),
            },
        }

    def _known(self, held: Mapping[str, object], name: str) -> None:
        if name not in held:
            raise Refused(Code.NOT_FOUND, f"Resource not found (resource={name}).")
