"""Monitoring objects on Google Cloud: what the service adds of its own is no difference."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, NotFound, RetryError

from propcast.delivery.monitoring.cloud import text_of
from propcast.delivery.monitoring.cloud_shelves import Shelf
from propcast.delivery.monitoring.target import MonitoringRefused, Placed


class CloudMonitoring:
    """Alert policies, uptime checks, log-based metrics and dashboards of one project."""

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        self._shelves = {shelf.name: shelf for shelf in shelves}
        self._seen: dict[str, Any] = {}

    def placed(self) -> Mapping[str, Placed]:
        """Return everything that is there, asked anew."""
        self._seen, found = {}, dict[str, Placed]()
        for shelf in self._shelves.values():
            with _refusing(f"list {shelf.name}"):
                messages = list(shelf.found())
            for message in messages:
                name = f"{shelf.name}/{shelf.called(message)}"
                self._seen[name] = message
                found[name] = Placed(text_of(shelf.kind, message), shelf.is_ours(message))
        return found

    def agrees(self, wanted: str, found: str) -> bool:
        """Return whether all that shall be is there; what the service adds counts for nothing."""
        return _covers(json.loads(wanted), json.loads(found))

    def put(self, name: str, body: str) -> None:
        """Make an object, or replace the one of that name."""
        shelf = self._of(name)
        message, old = shelf.kind.from_json(body), self._seen.get(name)
        with _refusing(f"put {name}"):
            if old is None:
                shelf.create(message)
            else:
                shelf.update(message, old)

    def delete(self, name: str) -> None:
        """Remove an object; one that is gone is fine."""
        old = self._seen.get(name)
        if old is None:
            return
        with _refusing(f"delete {name}"):
            try:
                self._of(name).delete(old)
            except NotFound:
                return

    def done(self) -> None:
        """Do nothing more: everything has taken effect."""

    def _of(self, name: str) -> Shelf:
        kind = name.partition("/")[0]
        if kind not in self._shelves:
            raise MonitoringRefused(f"{name} is of no kind that is kept here: {', '.join(self._shelves)}")
        return self._shelves[kind]


def _covers(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and _covers(each, found[key]) for key, each in wanted.items()
        )
    if isinstance(wanted, list):
        same = isinstance(found, list) and len(wanted) == len(found)
        return same and all(map(_covers, wanted, found))
    return bool(wanted == found)


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except (GoogleAPICallError, RetryError) as error:
        raise MonitoringRefused(f"cannot {what}: {type(error).__name__}: {error}") from error
