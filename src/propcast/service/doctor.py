"""What keeps the ports on Google Cloud from working: a cheap look at each, told in plain words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from propcast.backends.compose import stores_of
from propcast.backends.secrets.local import PUSH_KEY
from propcast.backends.settings import Port, Settings
from propcast.core.errors import PropCastError
from propcast.service.topics import Places, subscriptions, topics
from propcast.service.variables import service_urls
from propcast.tables.analytics import EVENTS

PORTS: tuple[Port, ...] = get_args(Port)


@dataclass(frozen=True)
class Diagnosis:
    """How one port stands; `missing` has a sentence for everything that keeps it from working."""

    port: Port
    missing: tuple[str, ...] = ()


def examine(settings: Settings, environ: Mapping[str, str]) -> list[Diagnosis]:
    """Return how each port on Google Cloud stands; nothing is written there."""
    return [_of(settings, environ, port) for port in PORTS if settings.backend_of(port) == "gcp"]


def _of(settings: Settings, environ: Mapping[str, str], port: Port) -> Diagnosis:
    try:
        missing = tuple(_LOOKS[port](settings, environ))
    except PropCastError as error:
        missing = (str(error),)
    except ImportError as error:
        missing = (f"{error.name or error} is not installed; pip install 'propcast[gcp]'",)
    return Diagnosis(port, missing)


def _warehouse(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    stores_of(settings, environ, "warehouse").warehouse().version(EVENTS)
    return []


def _state(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    stores_of(settings, environ, "state").state().now()
    return []


def _objects(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    stores_of(settings, environ, "objects").objects().exists("known/object")
    return []


def _bus(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    places = Places(service_urls(settings.service_urls), settings.topics)
    names = [each.name for each in subscriptions(places)]
    absent = stores_of(settings, environ, "bus").bus().missing(topics(places), names)
    makes = "propcast cloud apply" if settings.environment != "local" else "propcast up"
    return [f"{', '.join(absent)} missing; `{makes}` makes them"] if absent else []


def _secrets(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    stores_of(settings, environ, "secrets").secrets().get(PUSH_KEY)
    return []


_LOOKS: Mapping[Port, Callable[[Settings, Mapping[str, str]], list[str]]] = {
    "warehouse": _warehouse,
    "state": _state,
    "objects": _objects,
    "bus": _bus,
    "secrets": _secrets,
}
