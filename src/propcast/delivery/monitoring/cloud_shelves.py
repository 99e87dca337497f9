"""The four kinds of objects that Google Cloud keeps, each through its official client."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from google.cloud.logging_v2.services.metrics_service_v2 import MetricsServiceV2Client
from google.cloud.logging_v2.types import LogMetric
from google.cloud.monitoring_dashboard_v1 import DashboardsServiceClient
from google.cloud.monitoring_dashboard_v1.types import Dashboard
from google.cloud.monitoring_v3 import AlertPolicyServiceClient, UptimeCheckServiceClient
from google.cloud.monitoring_v3.types import AlertPolicy, UptimeCheckConfig

from propcast.delivery.monitoring.cloud import DASHBOARD, LOG_METRIC, MANAGED, MANAGED_NOTE, POLICY, UPTIME

CALL_S = 30.0
_SLUG = "propcast-"


class Shelf(Protocol):
    """One kind of object."""

    @property
    def name(self) -> str:
        """What the kind is called in the names of objects."""
        ...

    @property
    def kind(self) -> Any:
        """The client's type of it."""
        ...

    def found(self) -> Iterable[Any]:
        """Return all of them."""
        ...

    def called(self, message: Any) -> str:
        """Return the name by which we know one."""
        ...

    def is_ours(self, message: Any) -> bool:
        """Return whether we made it."""
        ...

    def create(self, message: Any) -> None:
        """Make one."""
        ...

    def update(self, message: Any, old: Any) -> None:
        """Put one in the place of the old one."""
        ...

    def delete(self, old: Any) -> None:
        """Remove one."""
        ...


class _Labelled:
    """What is known by its display name, and as ours by its labels."""

    def called(self, message: Any) -> str:
        """Return its display name."""
        return str(message.display_name)

    def is_ours(self, message: Any) -> bool:
        """Return whether its labels say so."""
        return dict(message.user_labels).items() >= MANAGED.items()


@dataclass(frozen=True)
class Policies(_Labelled):
    """Alert policies; whom they notify is set by people, and stays."""

    client: AlertPolicyServiceClient
    project: str
    name: str = POLICY
    kind: Any = AlertPolicy

    def found(self) -> Iterable[Any]:
        """Return all of them."""
        return self.client.list_alert_policies(name=self.project, timeout=CALL_S)

    def create(self, message: Any) -> None:
        """Make one."""
        self.client.create_alert_policy(name=self.project, alert_policy=message, timeout=CALL_S)

    def update(self, message: Any, old: Any) -> None:
        """Replace one but for its channels."""
        message.name, message.notification_channels = old.name, old.notification_channels
        self.client.update_alert_policy(alert_policy=message, timeout=CALL_S)

    def delete(self, old: Any) -> None:
        """Remove one."""
        self.client.delete_alert_policy(name=old.name, timeout=CALL_S)


@dataclass(frozen=True)
class UptimeChecks(_Labelled):
    """Uptime checks."""

    client: UptimeCheckServiceClient
    project: str
    name: str = UPTIME
    kind: Any = UptimeCheckConfig

    def found(self) -> Iterable[Any]:
        """Return all of them."""
        return self.client.list_uptime_check_configs(parent=self.project, timeout=CALL_S)

    def create(self, message: Any) -> None:
        """Make one."""
        self.client.create_uptime_check_config(parent=self.project, uptime_check_config=message, timeout=CALL_S)

    def update(self, message: Any, old: Any) -> None:
        """Replace one."""
        message.name = old.name
        self.client.update_uptime_check_config(uptime_check_config=message, timeout=CALL_S)

    def delete(self, old: Any) -> None:
        """Remove one."""
        self.client.delete_uptime_check_config(name=old.name, timeout=CALL_S)


@dataclass(frozen=True)
class Dashboards:
    """Dashboards; a label holds the name that we know one by."""

    client: DashboardsServiceClient
    project: str
    name: str = DASHBOARD
    kind: Any = Dashboard

    def found(self) -> Iterable[Any]:
        """Return all of them."""
        return self.client.list_dashboards(request={"parent": self.project}, timeout=CALL_S)

    def called(self, message: Any) -> str:
        """Return our name of it, or its display name."""
        slugs = [label.removeprefix(_SLUG) for label in message.labels if label.startswith(_SLUG)]
        return slugs[0] if slugs else str(message.display_name)

    def is_ours(self, message: Any) -> bool:
        """Return whether its labels say so."""
        return "propcast" in message.labels

    def create(self, message: Any) -> None:
        """Make one."""
        self.client.create_dashboard(request={"parent": self.project, "dashboard": message}, timeout=CALL_S)

    def update(self, message: Any, old: Any) -> None:
        """Replace one, unless somebody else did meanwhile."""
        message.name, message.etag = old.name, old.etag
        self.client.update_dashboard(request={"dashboard": message}, timeout=CALL_S)

    def delete(self, old: Any) -> None:
        """Remove one."""
        self.client.delete_dashboard(request={"name": old.name}, timeout=CALL_S)


@dataclass(frozen=True)
class LogMetrics:
    """Metrics that are counted from logs; they have no labels of ours, so the description says whose they are."""

    client: MetricsServiceV2Client
    project: str
    name: str = LOG_METRIC
    kind: Any = LogMetric

    def found(self) -> Iterable[Any]:
        """Return all of them."""
        return self.client.list_log_metrics(parent=self.project, timeout=CALL_S)

    def called(self, message: Any) -> str:
        """Return its name."""
        return str(message.name)

    def is_ours(self, message: Any) -> bool:
        """Return whether its description says so."""
        return str(message.description).startswith(MANAGED_NOTE)

    def create(self, message: Any) -> None:
        """Make one."""
        self.client.create_log_metric(parent=self.project, metric=message, timeout=CALL_S)

    def update(self, message: Any, old: Any) -> None:
        """Replace one."""
        self.client.update_log_metric(metric_name=self._path(old), metric=message, timeout=CALL_S)

    def delete(self, old: Any) -> None:
        """Remove one."""
        self.client.delete_log_metric(metric_name=self._path(old), timeout=CALL_S)

    def _path(self, message: Any) -> str:
        return f"{self.project}/metrics/{message.name}"


def shelves(project_id: str) -> tuple[Shelf, ...]:
    """Return the four, with the credentials of this machine."""
    project = f"projects/{project_id}"
    return (
        Policies(AlertPolicyServiceClient(), project),
        UptimeChecks(UptimeCheckServiceClient(), project),
        LogMetrics(MetricsServiceV2Client(), project),
        Dashboards(DashboardsServiceClient(), project),
    )
