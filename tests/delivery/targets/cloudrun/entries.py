"""Entries of the platform's log, as it writes them."""

from datetime import UTC, datetime
from typing import Any

from google.api.monitored_resource_pb2 import MonitoredResource
from google.cloud.logging_v2.types import LogEntry
from google.logging.type.http_request_pb2 import HttpRequest
from google.protobuf.duration_pb2 import Duration

DEPLOYED, ONE = "prediction-worker", "prediction-worker-one"
LOG = "projects/propcast-production/logs/run.googleapis.com%2F"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def entry(log: str, at: datetime = NOON, instance: str = "i1", revision: str = ONE, **fields: Any) -> LogEntry:
    """Return an entry of a log of the platform's."""
    of = MonitoredResource(type="cloud_run_revision", labels={"revision_name": revision, "service_name": DEPLOYED})
    return LogEntry(log_name=f"{LOG}{log}", timestamp=at, resource=of, labels={"instanceId": instance}, **fields)


def request(status: int, agent: str = "Google-Cloud-Scheduler", path: str = "/predict?a=b", **of: Any) -> LogEntry:
    """Return the entry of a request."""
    url = f"https://prediction-worker-1.us-east1.run.app{path}"
    latency = Duration(nanos=250_000_000)
    http = HttpRequest(request_url=url, status=status, latency=latency, user_agent=agent)
    return entry("requests", http_request=http, **of)


def system(text: str, **of: Any) -> LogEntry:
    """Return what the platform itself has to say."""
    return entry("varlog%2Fsystem", text_payload=text, **of)
