"""Everything that watches one environment, as named texts: the same manifest always gives the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from propcast.delivery.manifest.reading import Laid
from propcast.delivery.monitoring import grafana, prometheus
from propcast.delivery.monitoring.prometheus import Places
from propcast.delivery.monitoring.rule import Given
from propcast.service import expectations
from propcast.service.expectations import FILE


@dataclass(frozen=True)
class Rendered:
    """What there shall be.

    Attributes:
        files: for who hosts Prometheus, Alertmanager and Grafana, by path.
        objects: for Cloud Monitoring and Cloud Logging, as JSON by `kind/name`; none outside Google Cloud.
    """

    files: Mapping[str, str]
    objects: Mapping[str, str]


def render(laid: Laid, today: date, file: Path = FILE, places: Places | None = None) -> Rendered:
    """Return everything for an environment; what is declared to fail in it is no alert until that expires."""
    places = places or Places()
    given = given_of(laid, today, file, places.given)
    files = {**prometheus.files(laid, replace(places, given=given)), **grafana.files()}
    if laid.environment.backend != "gcp":
        return Rendered(files, {})
    from propcast.delivery.monitoring.cloud import objects  # the cloud's types are there only with the extra `cloud`

    return Rendered(files, objects(laid, given))


def given_of(laid: Laid, today: date, file: Path, otherwise: Given) -> Given:
    """Return what rules depend on in an environment: its declared failures, and the services that always run."""
    expected = expectations.load(laid.name, today, file)
    always = sorted(name for name in laid.services if _always_runs(laid, name))
    holding = tuple(each for each in expected.declared if each.holds(today))
    return replace(otherwise, expected=holding, always_on=tuple(always))


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write the files of a rendering into a folder."""
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def _always_runs(laid: Laid, service: str) -> bool:
    return laid.environment.backend == "local" or laid.services[service].resources.min_instances > 0
