"""What the platform's own log says of requests and instances.

The log is complete only some time after the fact; whoever asks about later instants is told that it cannot be known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from google.cloud.logging_v2.types import ListLogEntriesRequest, LogEntry

from propcast.core.instants import text_of
from propcast.delivery.targets.cloudrun.api import Platform
from propcast.delivery.targets.cloudrun.places import Place
from propcast.delivery.targets.port import Condition, Request, TargetError

DELAY = timedelta(seconds=180)
SYNTHETIC_AGENT = "propcast-synthetic"
"""How the user agent of synthetic load begins: the one word of a request that the platform's log keeps."""
BROKEN, TIMED_OUT, NO_ANSWER = 0, 504, 599
PAGE = 1000
_OUT_OF_MEMORY = ("Memory limit of", "using too much memory")
_RESTARTED = ("Container called exit(", "Container terminated on signal", "probe checks")
_ORDERLY = "Container called exit(0)"


@dataclass(frozen=True)
class Logs:
    """Reads the log of one project at a time."""

    platform: Platform
    delay: timedelta = DELAY

    def requests(self, place: Place, since: datetime, until: datetime) -> list[Request] | None:
        """Return the requests of `since` ≤ at < `until`; None while the log may be incomplete or cannot be read."""
        if self.platform.asking.clock.now() < until + self.delay:
            return None
        found = self._entries(place, "requests", f'timestamp>="{text_of(since)}" AND timestamp<"{text_of(until)}"')
        return None if found is None else [_request(entry) for entry in found]

    def condition(self, place: Place, revision: str, ready: bool, since: datetime) -> Condition | None:
        """Return how the instances of a revision fared since then; a fall is told at once."""
        now = self.platform.asking.clock.now()
        when = f'timestamp>="{text_of(since)}" AND resource.labels.revision_name="{revision}"'
        said, asked = self._entries(place, "varlog/system", when), self._entries(place, "requests", when)
        if said is None or asked is None:
            return None
        known = now - self.delay
        texts = [entry.text_payload for entry in said]
        killed = sum(any(word in text for word in _OUT_OF_MEMORY) for text in texts)
        fallen = sum(_ORDERLY not in text and any(word in text for word in _RESTARTED) for text in texts)
        if known <= since and not killed and not fallen:
            return None
        return Condition(len(_instances([*said, *asked])), ready, fallen, killed, max(known, since))

    def _entries(self, place: Place, log: str, when: str) -> list[LogEntry] | None:
        name = f"projects/{place.project}/logs/run.googleapis.com%2F{log.replace('/', '%2F')}"
        of_service = f'resource.labels.service_name="{place.deployed}" AND resource.labels.location="{place.region}"'
        request = ListLogEntriesRequest(
            resource_names=[f"projects/{place.project}"],
            filter=f'logName="{name}" AND resource.type="cloud_run_revision" AND {of_service} AND {when}',
            order_by="timestamp asc",
            page_size=PAGE,
        )
        limit = self.platform.limit_s
        read = lambda: list(self.platform.api.logging.list_log_entries(request, retry=None, timeout=limit))  # noqa: E731
        try:
            return self.platform.asking.again(f"reading the log of {place.deployed}", read)
        except TargetError:
            return None


def _request(entry: LogEntry) -> Request:
    http = entry.http_request
    return Request(
        at=entry.timestamp,
        revision=entry.resource.labels.get("revision_name", ""),
        instance=entry.labels.get("instanceId", ""),
        route=urlsplit(http.request_url).path,
        code=NO_ANSWER if http.status in (BROKEN, TIMED_OUT) else http.status,
        seconds=http.latency.ToTimedelta().total_seconds(),
        synthetic=http.user_agent.startswith(SYNTHETIC_AGENT),
    )


def _instances(entries: Iterable[LogEntry]) -> set[str]:
    return {told for entry in entries if (told := entry.labels.get("instanceId", ""))}
