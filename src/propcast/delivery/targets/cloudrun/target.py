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
from propcast.delivery.targets.weights import usable

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
        if moves.retired(service):  # it is not the latest any more
            self.past.delete(place, moves.retired(service))
        return templates.read_back(place, ready, {wanted.tag: wanted.name}, sharing.addresses(service))

    def revisions(self, service: str) -> Sequence[port.Revision]:
        """Return every revision there is, oldest first; one that was retired is gone, whatever the platform keeps."""
        place = place_of(self.laid, service)
        found = self.services.find(place)
        if found is None:
            return []
        tags, addresses = sharing.tags(found), sharing.addresses(found)
        told = (templates.read_back(place, each, tags, addresses) for each in self.past.every(place))
        return [each for each in told if each.name != moves.retired(found)]

    def read_weights(self, service: str) -> port.Traffic:
        """Return what the platform says of the traffic, once it has settled."""
        return _traffic(self._existing(place_of(self.laid, service)))

    def set_weights(self, service: str, weights: port.Weights, *, etag: str, token: int) -> port.Traffic:
        """Share the traffic out by revision name, every tag kept; only over the state that the caller has read."""
        usable(weights, weights.keys())
        place = place_of(self.laid, service)
        self._existing(place)
        return _traffic(self.services.change(place, partial(moves.shared, place, weights, etag, token)))

    def requests(self, service: str, since: datetime, until: datetime) -> Sequence[port.Request] | None:
        """Return the logged requests; None while the log may be incomplete."""
        place = place_of(self.laid, service)
        try:
            found = self.services.find(place)
        except port.TargetError:
            return None
        return None if found is None else self.logs.requests(place, since, until)

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
        nothing, and it goes with the next one that is staged.
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

    def invokers(self, service: str) -> Sequence[str]:
        """Return who may call a service, by the names of the manifest; strangers by those of the platform."""
        place = place_of(self.laid, service)
        names = {each.service_account: name for name, each in self.laid.services.items()}
        accounts = (place.named(member) for member in self.services.invokers(place))
        return sorted(names.get(account, account) for account in accounts)

    def _existing(self, place: Place) -> Service:
        found = self.services.settled(place)
        if found is None:
            raise port.no_service(place.service)
        return found

    def _create(self, place: Place, image: port.Image, *, allowed: bool) -> None:
        if not allowed:
            raise port.no_service(place.service)
        require_no_twin(place, self.services.every(place))
        self.services.create(place, first(place, image))


def _traffic(found: Service) -> port.Traffic:
    return port.Traffic(sharing.shares(found), found.etag)
