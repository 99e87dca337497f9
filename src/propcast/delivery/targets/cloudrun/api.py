"""The platform's clients in one hand."""

from dataclasses import dataclass

import grpc
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport
from google.cloud.run_v2 import RevisionsClient, ServicesClient
from google.cloud.run_v2.services.revisions.transports import RevisionsGrpcTransport
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport
from google.longrunning.operations_pb2 import GetOperationRequest, Operation

from propcast.delivery.targets.cloudrun.calls import Asking


@dataclass(frozen=True)
class Api:
    """What is asked: services and their operations, revisions, and the log of requests."""

    services: ServicesClient
    revisions: RevisionsClient
    logging: LoggingServiceV2Client


def connected() -> Api:
    """Return the clients with the credentials of this machine; nothing is asked yet."""
    return Api(ServicesClient(), RevisionsClient(), LoggingServiceV2Client())


def over(channel: grpc.Channel) -> Api:
    """Return the clients over a channel that is there, for whoever stands in for the platform."""
    return Api(
        ServicesClient(transport=ServicesGrpcTransport(channel=channel)),
        RevisionsClient(transport=RevisionsGrpcTransport(channel=channel)),
        LoggingServiceV2Client(transport=LoggingServiceV2GrpcTransport(channel=channel)),
    )


@dataclass(frozen=True)
class Platform:
    """The clients and the patience with which they are asked."""

    api: Api
    asking: Asking

    @property
    def limit_s(self) -> float:
        """How long one call may take."""
        return self.asking.patience.call_s

    def finish(self, what: str, begun: Operation) -> None:
        """Wait until an operation has ended well."""
        self.asking.finished(what, begun, self._operation)

    def _operation(self, request: GetOperationRequest) -> Operation:
        return self.api.services.get_operation(request, retry=None, timeout=self.limit_s)
