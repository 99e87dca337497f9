"""Whether the bus on Google Cloud has everything that the services are told by: a check of the doctor."""

from collections.abc import Mapping

from propcast.backends.compose import bus_of
from propcast.backends.settings import Settings
from propcast.pipeline.cloud_doctor import Look, Outcome
from propcast.service.topics import Places, subscriptions, topics
from propcast.service.variables import service_urls

DECLARED = "bus:declared"


def bus_checks(settings: Settings, environ: Mapping[str, str]) -> dict[str, Look]:
    """Return the check of the bus, where it is on Google Cloud; it writes nothing there."""
    return {DECLARED: lambda: _declared(settings, environ)} if settings.backend_of("bus") == "gcp" else {}


def _declared(settings: Settings, environ: Mapping[str, str]) -> Outcome:
    places = Places(service_urls(settings.service_urls), settings.topics)
    names = [each.name for each in subscriptions(places)]
    absent = bus_of(settings, environ).missing(topics(places), names)
    makes = "propcast cloud apply" if settings.environment != "local" else "propcast up"
    if absent:
        return "fail", f"{', '.join(absent)} missing; `{makes}` makes them"
    return "pass", f"{len(names)} subscriptions are there"
