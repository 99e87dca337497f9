"""A service on the platform: read once it has settled, changed only from what was read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud.run_v2.types import (
    CreateServiceRequest,
    GetServiceRequest,
    ListServicesRequest,
    Service,
    UpdateServiceRequest,
)
from google.protobuf.field_mask_pb2 import FieldMask

from propcast.delivery.targets.cloudrun import sharing
from propcast.delivery.targets.cloudrun.api import Platform
from propcast.delivery.targets.cloudrun.places import Place
from propcast.delivery.targets.port import TargetError, TargetRefused, TargetUnavailable, TrafficMoved


@dataclass(frozen=True)
class Change:
    """A service as it shall be, and the only fields of it that are written."""

    service: Service
    fields: tuple[str, ...]


def change_of(found: Service, wanted: Mapping[str, Any]) -> Change | None:
    """Return the change that gives a service these fields; None when it has them all."""
    fields = tuple(name for name, value in wanted.items() if not _has(found, name, value))
    for name in fields:
        setattr(found, name, wanted[name])
    return Change(found, fields) if fields else None


def _has(found: Service, name: str, value: Any) -> bool:
    return sharing.same(found.traffic, value) if name == "traffic" else bool(getattr(found, name) == value)


Decide = Callable[[Service, bool], Change | None]
"""From a service as it is now to a change of it, or None when it is as wanted; True once an answer of it was lost."""


@dataclass(frozen=True)
class Services:
    """The services of the manifest."""

    platform: Platform

    def find(self, place: Place) -> Service | None:
        """Return a service; None when there is none."""
        request = GetServiceRequest(name=place.path)

        def call() -> Service | None:
            try:
                return self.platform.api.services.get_service(request, retry=None, timeout=self.platform.limit_s)
            except NotFound:
                return None

        return self.platform.asking.again(f"reading {place.deployed}", call)

    def settled(self, place: Place) -> Service | None:
        """Return a service that is not being changed by the platform just now."""
        patience = self.platform.asking.patience
        end = self.platform.asking.clock.now() + timedelta(seconds=patience.operation_s)
        while (found := self.find(place)) is not None and found.reconciling:
            if self.platform.asking.clock.now() >= end:
                raise TargetUnavailable(f"{place.deployed} is still being changed after {patience.operation_s:.0f} s")
            self.platform.asking.sleep(patience.poll_s)
        return found

    def every(self, place: Place) -> list[Service]:
        """Return every service there is in the same place."""
        request = ListServicesRequest(parent=place.parent)
        pages = lambda: self.platform.api.services.list_services(request, retry=None, timeout=self.platform.limit_s)  # noqa: E731
        return self.platform.asking.again(f"listing services of {place.parent}", lambda: list(pages()))  # type: ignore[no-untyped-call]

    def create(self, place: Place, service: Service) -> None:
        """Create a service and wait until it serves; it is not asked for twice while it may be there already."""
        patience, what = self.platform.asking.patience, f"creating {place.deployed}"
        for attempt in range(1, patience.tries):
            try:
                return self._create(what, place, service)
            except TargetUnavailable:
                self.platform.asking.sleep(patience.pause_s * 2 ** (attempt - 1))
            if self.settled(place) is not None:
                return None
        return self._create(what, place, service)

    def change(self, place: Place, decide: Decide) -> Service:
        """Change a service from what is read of it, and return it settled.

        When the platform's answer is lost, or the operation ends badly for another reason (a revision that does not
        start fails every operation on its service), what became of the change is read before anything else is done.
        Whatever somebody else changes between reading and writing is `TrafficMoved`.
        """
        failure: TargetError | None = None
        for attempt in range(self.platform.asking.patience.tries):
            found = self._there(place)
            change = decide(found, failure is not None)
            if change is None:
                return found
            if isinstance(failure, TargetRefused):
                break
            try:
                self._update(place, change)
            except (TargetUnavailable, TargetRefused) as error:
                failure = error
                self.platform.asking.sleep(self.platform.asking.patience.pause_s * 2**attempt)
            else:
                return self._there(place)
        raise failure or TargetUnavailable(f"{place.deployed} was not asked at all")

    def _create(self, what: str, place: Place, service: Service) -> None:
        request = CreateServiceRequest(parent=place.parent, service=service, service_id=place.deployed)
        call = self.platform.api.services.create_service
        begun = self.platform.asking.once(what, lambda: call(request, retry=None, timeout=self.platform.limit_s))
        self.platform.finish(what, begun.operation)

    def _there(self, place: Place) -> Service:
        found = self.settled(place)
        if found is None:
            raise TrafficMoved(f"{place.deployed} was deleted by somebody")
        return found

    def _update(self, place: Place, change: Change) -> None:
        what = f"changing {', '.join(change.fields)} of {place.deployed}"
        request = UpdateServiceRequest(service=change.service, update_mask=FieldMask(paths=change.fields))
        call = self.platform.api.services.update_service
        begun = self.platform.asking.once(what, lambda: call(request, retry=None, timeout=self.platform.limit_s))
        self.platform.finish(what, begun.operation)
