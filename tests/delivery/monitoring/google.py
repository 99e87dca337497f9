"""Cloud Monitoring and Cloud Logging as far as they are used: a local server of the clients' own messages."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud.logging_v2.services.metrics_service_v2 import MetricsServiceV2Client
from google.cloud.logging_v2.services.metrics_service_v2.transports import MetricsServiceV2GrpcTransport
from google.cloud.logging_v2.types import logging_metrics
from google.cloud.monitoring_dashboard_v1 import DashboardsServiceClient
from google.cloud.monitoring_dashboard_v1.services.dashboards_service.transports import DashboardsServiceGrpcTransport
from google.cloud.monitoring_dashboard_v1.types import Dashboard, dashboards_service
from google.cloud.monitoring_v3 import AlertPolicyServiceClient, UptimeCheckServiceClient
from google.cloud.monitoring_v3.services.alert_policy_service.transports import AlertPolicyServiceGrpcTransport
from google.cloud.monitoring_v3.services.uptime_check_service.transports import UptimeCheckServiceGrpcTransport
from google.cloud.monitoring_v3.types import AlertPolicy, UptimeCheckConfig, alert_service, uptime_service
from google.protobuf import empty_pb2

from propcast.delivery.monitoring.cloud_shelves import Dashboards, LogMetrics, Policies, Shelf, UptimeChecks

PROJECT = "projects/propcast-test"
PAGE = 3
"""So few in one answer that lists have several pages."""


@dataclass
class Kind:
    """One kind of object: its service, its words, and where in a request it is."""

    service: str
    plural: str
    message: Any
    place: str
    requests: Any
    list_words: tuple[str, str, str]
    """Request and answer of a list, and the field that holds the objects."""
    create: str
    update: str
    delete: str
    name_field: str = "name"


KINDS = (
    Kind("google.monitoring.v3.AlertPolicyService", "alertPolicies", AlertPolicy, "alert_policy", alert_service,
         ("ListAlertPolicies", "ListAlertPoliciesResponse", "alert_policies"),
         "CreateAlertPolicy", "UpdateAlertPolicy", "DeleteAlertPolicy"),
    Kind("google.monitoring.v3.UptimeCheckService", "uptimeCheckConfigs", UptimeCheckConfig, "uptime_check_config",
         uptime_service, ("ListUptimeCheckConfigs", "ListUptimeCheckConfigsResponse", "uptime_check_configs"),
         "CreateUptimeCheckConfig", "UpdateUptimeCheckConfig", "DeleteUptimeCheckConfig"),
    Kind("google.monitoring.dashboard.v1.DashboardsService", "dashboards", Dashboard, "dashboard", dashboards_service,
         ("ListDashboards", "ListDashboardsResponse", "dashboards"),
         "CreateDashboard", "UpdateDashboard", "DeleteDashboard"),
    Kind("google.logging.v2.MetricsServiceV2", "metrics", logging_metrics.LogMetric, "metric", logging_metrics,
         ("ListLogMetrics", "ListLogMetricsResponse", "metrics"),
         "CreateLogMetric", "UpdateLogMetric", "DeleteLogMetric", "metric_name"),
)  # fmt: skip


@dataclass
class Google:
    """What one project holds, by kind and resource name.

    Attributes:
        failing: the status that a call by this name answers instead.
        calls: names of the calls that changed something.
    """

    held: dict[str, dict[str, Any]] = field(default_factory=lambda: {kind.plural: {} for kind in KINDS})
    failing: dict[str, grpc.StatusCode] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    address: str = ""
    _n: int = 0

    def by_hand(self, kind: str, message: Any) -> None:
        """Put something there as a person would."""
        self._keep(next(each for each in KINDS if each.plural == kind), message)

    def list(self, kind: Kind, request: Any) -> Any:
        messages = list(self.held[kind.plural].values())
        first = int(request.page_token or 0)
        answer = getattr(kind.requests, kind.list_words[1])()
        setattr(answer, kind.list_words[2], messages[first : first + PAGE])
        if first + PAGE < len(messages):
            answer.next_page_token = str(first + PAGE)
        return answer

    def create(self, kind: Kind, request: Any) -> Any:
        return self._keep(kind, getattr(request, kind.place))

    def update(self, kind: Kind, request: Any) -> Any:
        message = getattr(request, kind.place)
        name = self._path(kind, message)
        old = self.held[kind.plural][name]
        if kind.plural == "dashboards" and message.etag != old.etag:
            raise LookupError(grpc.StatusCode.ABORTED)
        self._n += 1
        if kind.plural == "dashboards":
            message.etag = f"v{self._n}"
        self.held[kind.plural][name] = message
        return message

    def delete(self, kind: Kind, request: Any) -> Any:
        if self.held[kind.plural].pop(getattr(request, kind.name_field), None) is None:
            raise LookupError(grpc.StatusCode.NOT_FOUND)
        return empty_pb2.Empty()

    def _keep(self, kind: Kind, message: Any) -> Any:
        self._n += 1
        if kind.plural != "metrics":
            message.name = f"{PROJECT}/{kind.plural}/{self._n}"
        if kind.plural == "dashboards":
            message.etag = f"v{self._n}"
        if kind.plural == "alertPolicies":  # the service names conditions and tells who made them
            message.conditions[0].name = f"{message.name}/conditions/1"
            message.creation_record = {"mutated_by": "somebody"}
        self.held[kind.plural][self._path(kind, message)] = message
        return message

    def _path(self, kind: Kind, message: Any) -> str:
        return f"{PROJECT}/metrics/{message.name}" if kind.plural == "metrics" else str(message.name)

    def shelves(self) -> tuple[Shelf, ...]:
        """The clients, all of them talking to this."""
        channel = grpc.insecure_channel(self.address)
        return (
            Policies(AlertPolicyServiceClient(transport=AlertPolicyServiceGrpcTransport(channel=channel)), PROJECT),
            UptimeChecks(UptimeCheckServiceClient(transport=UptimeCheckServiceGrpcTransport(channel=channel)), PROJECT),
            LogMetrics(MetricsServiceV2Client(transport=MetricsServiceV2GrpcTransport(channel=channel)), PROJECT),
            Dashboards(DashboardsServiceClient(transport=DashboardsServiceGrpcTransport(channel=channel)), PROJECT),
        )


@contextmanager
def google() -> Iterator[Google]:
    """Serve an empty project on a free port."""
    held = Google()
    server = grpc.server(ThreadPoolExecutor(4))
    for kind in KINDS:
        calls = {
            kind.list_words[0]: (held.list, False),
            kind.create: (held.create, True),
            kind.update: (held.update, True),
            kind.delete: (held.delete, True),
        }
        methods = {name: _method(held, kind, name, work, changes) for name, (work, changes) in calls.items()}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(kind.service, methods),))
    held.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield held
    finally:
        server.stop(None).wait()


def _method(held: Google, kind: Kind, name: str, work: Callable[[Kind, Any], Any], changes: bool) -> Any:
    request = getattr(kind.requests, f"{name}Request")

    def answer(asked: Any, context: grpc.ServicerContext) -> Any:
        if name in held.failing:
            context.abort(held.failing[name], "planted")
        if changes:
            held.calls.append(name)
        try:
            return work(kind, asked)
        except LookupError as error:
            context.abort(error.args[0], "no")

    def written(message: Any) -> bytes:
        raw = message if hasattr(message, "SerializeToString") else type(message).pb(message)
        return bytes(raw.SerializeToString())

    return grpc.unary_unary_rpc_method_handler(
        answer, request_deserializer=request.deserialize, response_serializer=written
    )
