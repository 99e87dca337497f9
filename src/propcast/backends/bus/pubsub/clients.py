"""The clients of Pub/Sub in one hand."""

from dataclasses import dataclass

import grpc
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from propcast.backends.google.errors import google_errors


@dataclass(frozen=True)
class Clients:
    """Who publishes and declares topics, and who receives and declares subscriptions."""

    publisher: PublisherClient
    subscriber: SubscriberClient


def connected() -> Clients:
    """Return the clients with the credentials of this machine; nothing is asked yet."""
    with google_errors("opening the clients of Pub/Sub"):
        return Clients(PublisherClient(), SubscriberClient())


def over(channel: grpc.Channel) -> Clients:
    """Return the clients over a channel that is there: to an emulator, or to whoever stands in for Pub/Sub."""
    return Clients(
        PublisherClient(transport=PublisherGrpcTransport(channel=channel)),
        SubscriberClient(transport=SubscriberGrpcTransport(channel=channel)),
    )
