"""A target in memory, for tests and dry runs: it does what the port says, and runs nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from propcast.core.clock import Clock
from propcast.core.identity import short_hash
from propcast.delivery.targets.port import (
    Condition,
    Image,
    Request,
    Revision,
    TargetRefused,
    Traffic,
    Wanted,
    Weights,
    no_service,
)
from propcast.delivery.targets.weights import (
    WHOLE,
    etag_of,
    placeholder_of,
    require_newest,
    require_unmoved,
    usable,
)


@dataclass
class _Service:
    revisions: dict[str, Revision]
    weights: dict[str, int]
    wanted: dict[str, Wanted] = field(default_factory=dict)
    log: list[Request] = field(default_factory=list)
    token: int = 0

    @property
    def etag(self) -> str:
        return etag_of(self.weights, self.revisions)


class MemoryTarget:
    """Remembers what it was asked.

    Attributes:
        images: what can be resolved: the service that an image is for, empty for any, by image.
        conditions: what `condition` says of a revision; one that is not here fares well.
        blind: services whose request log cannot be read.
    """

    def __init__(self, clock: Clock, images: Mapping[Image, str]) -> None:
        self.images = dict(images)
        self.conditions: dict[str, Condition | None] = {}
        self.blind: set[str] = set()
        self._clock = clock
        self._services: dict[str, _Service] = {}

    def answered(self, service: str, requests: Iterable[Request]) -> None:
        """Put requests into the log of a service."""
        self._of(service).log.extend(requests)

    def resolve(self, reference: str) -> Image:
        """Return the image of that reference, with or without its digest."""
        name, _, digest = reference.partition("@")
        found = next((image for image in self.images if image.reference == name), None)
        if found is None:
            raise TargetRefused(f"there is no image {name}")
        if digest not in ("", found.digest):
            raise TargetRefused(f"{name} has the digest {found.digest}, not {digest}")
        return found

    def stage(self, wanted: Wanted, *, create: bool = False) -> Revision:
        """Add a revision."""
        made_for = self.images.get(wanted.image)
        if made_for is None or made_for not in ("", wanted.service):
            raise TargetRefused(f"{wanted.image.reference} is no image of {wanted.service}")
        if create and wanted.service not in self._services:
            self._services[wanted.service] = self._created(wanted.service)
        kept = self._of(wanted.service)
        before = kept.wanted.setdefault(wanted.name, wanted)
        if replace(before, tag=wanted.tag) != wanted:
            raise TargetRefused(f"{wanted.name} is there with other content; give this one another name")
        _take_tag(kept.revisions, wanted.tag)
        made = kept.revisions.get(wanted.name) or self._revision(wanted)
        kept.revisions[wanted.name] = replace(made, tag=wanted.tag, url=_url(wanted))
        return kept.revisions[wanted.name]

    def revisions(self, service: str) -> Sequence[Revision]:
        """Return the revisions in the order in which they came."""
        kept = self._services.get(service)
        return list(kept.revisions.values()) if kept else []

    def read_weights(self, service: str) -> Traffic:
        """Return the traffic."""
        kept = self._of(service)
        return Traffic(dict(kept.weights), kept.etag)

    def set_weights(self, service: str, weights: Weights, *, etag: str, token: int) -> Traffic:
        """Share the traffic out anew."""
        kept = self._of(service)
        shares = usable(weights, kept.revisions)
        require_newest(service, token, kept.token)
        require_unmoved(service, etag, kept.etag)
        kept.weights, kept.token = shares, token
        return self.read_weights(service)

    def requests(self, service: str, since: datetime, until: datetime) -> Sequence[Request] | None:
        """Return what `answered` was told of the time."""
        if service in self.blind or service not in self._services:
            return None
        return [request for request in self._services[service].log if since <= request.at < until]

    def condition(self, service: str, revision: str, since: datetime) -> Condition | None:  # noqa: ARG002 - the port
        """Return what `conditions` says; one instance that fares well otherwise."""
        kept = self._services.get(service)
        if kept is None or revision not in kept.revisions:
            return None
        well = Condition(instances=1, ready=True, restarts=0, out_of_memory=0, seen_at=self._clock.now())
        return self.conditions.get(revision, well)

    def retire(self, service: str, revision: str) -> None:
        """Forget a revision."""
        kept = self._services.get(service)
        if kept is None or revision not in kept.revisions:
            return
        if kept.weights.get(revision):
            raise TargetRefused(f"{revision} has {kept.weights[revision]} % of the traffic; move it first")
        del kept.revisions[revision]
        kept.wanted.pop(revision, None)

    def _of(self, service: str) -> _Service:
        if service not in self._services:
            raise no_service(service)
        return self._services[service]

    def _created(self, service: str) -> _Service:
        name = placeholder_of(service)
        nothing = Revision(service, name, "", "", "none", "", self._clock.now())
        return _Service({name: nothing}, {name: WHOLE})

    def _revision(self, wanted: Wanted) -> Revision:
        told = [f"{name}={value}" for name, value in sorted(wanted.env.items())]
        hashed = short_hash(*told, length=12)
        return Revision(wanted.service, wanted.name, "", "", wanted.image.digest, hashed, self._clock.now())


def _url(wanted: Wanted) -> str:
    return f"memory://{wanted.tag}.{wanted.service}" if wanted.tag else ""


def _take_tag(revisions: dict[str, Revision], tag: str) -> None:
    for name, revision in revisions.items():
        if tag and revision.tag == tag:
            revisions[name] = replace(revision, tag="", url="")
