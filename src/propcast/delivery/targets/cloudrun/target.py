"""`port.Target` on Google Cloud Run: revisions by digest, traffic by name and etag, never by "latest"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from google.cloud.run_v2.types import Service

from propcast.delivery.manifest.reading import Laid
from propcast.delivery.targets import port
from propcast.delivery.targets.cloudrun import moves, sharing, templates
from propcast.delivery.targets.cloudrun.creating import first, require_no_twin, require_own_image
from propcast.delivery.targets.cloudrun.logs import Logs
from propcast.delivery.targets.cloudrun.places import Place, place_of, short
from propcast.delivery.targets.cloudrun.readiness import is_ready, until_ready
from propcast.delivery.targets.cloudrun.registry import Digest
from propcast.delivery.targets.cloudrun.revisions import Revisions
from propcast.delivery.targets.cloudrun.services import Services

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class CloudRun:
    """The services of one environment on Cloud Run.

    Attributes:
        digest: asks the registry what a tag means; None refuses tags.
    """

    laid: Laid
    services: Services
    past: Revisions
    logs: Logs
    digest: Digest | None = None

    def resolve(self, reference: str) -> port.Image:
        """Return the image with its digest; a reference without one is looked up once, where that can be done."""
        told = reference.partition("@")[2]
        if not told and self.digest is None:
            raise port.TargetRefused(f"{reference} is a tag, which may mean another image tomorrow; add @sha256:…")
        found = told if self.digest is None else self.digest(reference)
        if not _DIGEST.fullmatch(found) or (told and found != told):
            raise port.TargetRefused(f"{reference} has no such digest (the registry says {found!r}); push it again")
        return port.Image(reference, found)

    def stage(self, wanted: port.Wanted, *, create: bool = False) -> port.Revision:
        """Make a revision with an address and without traffic, and return it once it is ready."""
        place = place_of(self.laid, wanted.service)
        place.require_name(wanted.name)
        require_own_image(place, wanted.image)
        if self.services.find(place) is None:
            self._create(place, wanted.image, allowed=create)
        service = self.services.change(place, partial(moves.staged, self.past, place, wanted))
        ready = until_ready(self.past, place, wanted.name)
        return templates.read_back(place, ready, {wanted.tag: wanted.name}, sharing.addresses(service))

    def revisions(self, service: str) -> Sequence[port.Revision]:
        """Return every revision there is, oldest first."""
        place = place_of(self.laid, service)
        found = self.services.find(place)
        if found is None:
            return []
        tags, addresses = sharing.tags(found), sharing.addresses(found)
        return [templates.read_back(place, each, tags, addresses) for each in self.past.every(place)]

    def read_weights(self, service: str) -> port.Traffic:
        """Return what the platform says of the traffic, once it has settled."""
        return _traffic(self._existing(place_of(self.laid, service)))

    def set_weights(self, service: str, weights: port.Weights, *, etag: str, token: int) -> port.Traffic:
        """Share the traffic out by revision name, every tag kept; only over the state that the caller has read."""
        sharing.require_whole(weights)
        place = place_of(self.laid, service)
        self._existing(place)

        change = partial(moves.shared, place, weights, etag, token)
        return _traffic(self.services.change(place, change))

    def requests(self, service: str, since: datetime, until: datetime) -> Sequence[port.Request] | None:
        """Return the logged requests; None while the log may be incomplete."""
        return self.logs.requests(place_of(self.laid, service), since, until)

    def condition(self, service: str, revision: str, since: datetime) -> port.Condition | None:
        """Return how a revision's instances fared; None when that cannot be known."""
        place = place_of(self.laid, service)
        try:
            found = self.past.find(place, revision)
        except port.TargetError:
            return None
        return None if found is None else self.logs.condition(place, revision, is_ready(found), since)

    def retire(self, service: str, revision: str) -> None:
        """Take a revision's addresses, then delete it.

        The platform keeps the latest revision of a service whatever is asked; without traffic and address it runs
        nothing.
        """
        place = place_of(self.laid, service)
        if self.services.find(place) is None:
            return
        left = self.services.change(place, partial(moves.without, revision))
        if short(left.latest_created_revision) != revision:
            self.past.delete(place, revision)

    def deployed(self) -> Sequence[str]:
        """Return the names of all services where those of the manifest are, known or not."""
        place = place_of(self.laid, next(iter(self.laid.services)))
        return sorted(short(each.name) for each in self.services.every(place))

    def _existing(self, place: Place) -> Service:
        found = self.services.settled(place)
        if found is None:
            raise port.TargetRefused(f"there is no service {place.deployed} in {place.parent}; stage it with --create")
        return found

    def _create(self, place: Place, image: port.Image, *, allowed: bool) -> None:
        if not allowed:
            raise port.TargetRefused(f"there is no service {place.deployed} in {place.parent}; --create makes it")
        require_no_twin(place, self.services.every(place))
        self.services.create(place, first(place, image))


def _traffic(found: Service) -> port.Traffic:
    return port.Traffic(sharing.shares(found), found.etag)
