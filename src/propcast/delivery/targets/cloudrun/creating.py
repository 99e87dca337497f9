"""The first revision of a service gets all its traffic, so it is a placeholder; and no service exists twice."""

from collections.abc import Iterable

from google.cloud.run_v2.types import IngressTraffic, Service

from propcast.delivery.targets.cloudrun import templates
from propcast.delivery.targets.cloudrun.places import Place, short
from propcast.delivery.targets.port import Image, TargetRefused, Weights
from propcast.service import catalogue

LABEL = "propcast-service"
"""The label of a service with its entry of the manifest."""


def first(place: Place, image: Image) -> Service:
    """Return a new service: a placeholder that only the inside of the project could reach, and nobody may call."""
    return Service(
        labels={LABEL: place.service},
        ingress=IngressTraffic.INGRESS_TRAFFIC_INTERNAL_ONLY,
        template=templates.placeholder(place, image),
    )


def anybody_may_call(place: Place, weights: Weights) -> bool:
    """Tell whether callers need no permission: where the manifest says so, and only once something proven serves."""
    return place.declared.public and templates.placeholder_name(place) not in weights


def require_no_twin(place: Place, others: Iterable[Service]) -> None:
    """Refuse to create what exists already under another name."""
    twins = [short(each.name) for each in others if _is_of(place, each) and short(each.name) != place.deployed]
    if twins:
        raise TargetRefused(
            f"{place.deployed} would be a twin of {', '.join(twins)}, which runs {place.service} already; "
            "delete that one, or correct deployed_name in the manifest"
        )


def require_own_image(place: Place, image: Image) -> None:
    """Refuse the image of another service."""
    name = _repository(image.reference)
    if name != place.service and name in {entry.name for entry in catalogue.SERVICES}:
        raise TargetRefused(f"{image.reference} is an image of {name}, not of {place.service}; name the other image")


def _is_of(place: Place, service: Service) -> bool:
    images = {_repository(each.image) for each in service.template.containers}
    return service.labels.get(LABEL) == place.service or place.service in images


def _repository(reference: str) -> str:
    return short(reference.partition("@")[0]).partition(":")[0]
