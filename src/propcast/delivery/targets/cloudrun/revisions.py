"""The revisions of a service on the platform."""

from dataclasses import dataclass

from google.api_core.exceptions import NotFound
from google.cloud.run_v2.types import DeleteRevisionRequest, GetRevisionRequest, ListRevisionsRequest, Revision
from google.longrunning.operations_pb2 import Operation

from propcast.delivery.targets.cloudrun.api import Platform
from propcast.delivery.targets.cloudrun.places import Place


@dataclass(frozen=True)
class Revisions:
    """What was deployed, by name; a revision never changes."""

    platform: Platform

    def find(self, place: Place, name: str) -> Revision | None:
        """Return a revision; None when there is none."""
        request = GetRevisionRequest(name=place.revision(name))

        def call() -> Revision | None:
            try:
                return self.platform.api.revisions.get_revision(request, retry=None, timeout=self.platform.limit_s)
            except NotFound:
                return None

        return self.platform.asking.again(f"reading revision {name}", call)

    def every(self, place: Place) -> list[Revision]:
        """Return every revision of a service, oldest first."""
        request = ListRevisionsRequest(parent=place.path)

        def call() -> list[Revision]:
            try:
                return list(
                    self.platform.api.revisions.list_revisions(request, retry=None, timeout=self.platform.limit_s)
                )
            except NotFound:
                return []

        found = self.platform.asking.again(f"listing revisions of {place.deployed}", call)
        return sorted(found, key=lambda each: (each.create_time, each.name))

    def delete(self, place: Place, name: str) -> None:
        """Delete a revision; one that is gone is fine."""
        what = f"deleting revision {name}"
        request = DeleteRevisionRequest(name=place.revision(name))

        def call() -> Operation | None:
            try:
                delete = self.platform.api.revisions.delete_revision
                return delete(request, retry=None, timeout=self.platform.limit_s).operation
            except NotFound:
                return None

        if (begun := self.platform.asking.again(what, call)) is not None:
            self.platform.finish(what, begun)
