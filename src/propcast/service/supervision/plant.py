"""The processes of one machine, from the catalogue and the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from propcast.backends.bus.port import Bus
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.backends.settings import Settings
from propcast.backends.world_clock import clock_of
from propcast.core.errors import InputError, did_you_mean
from propcast.service import catalogue, topics
from propcast.service.supervision.place import Place
from propcast.service.supervision.program import Program
from propcast.service.supervision.running import Undertaking
from propcast.service.supervision.supervisor import Stages
from propcast.service.supervision.times import Times
from propcast.service.variables import service_urls

BUS, SCHEDULER = "bus", "scheduler"
NAMES = (*(entry.name for entry in catalogue.SERVICES), BUS, SCHEDULER)

_LOCKED_S = 1.0
"""Whoever waits for a start is told soon what it waits for; it is tried again."""
_FIRST_PORT = min(entry.port for entry in catalogue.SERVICES)
_SERVICE_URLS = "PROPCAST_SERVICE_URLS"
_BASE_PORT = "PROPCAST_BASE_PORT"

_QUICK = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}
"""We have no plugins of pydantic; to find that out, every process would read the metadata of every installed library.
Whoever sets this themselves is left alone."""


def undertaking(settings: Settings, environ: Mapping[str, str], only: Sequence[str] = ()) -> Undertaking:
    """Return what `propcast up` runs in the home of the settings."""
    home = settings.home.expanduser().absolute()
    given = environment(home, settings.base_port, environ)
    return Undertaking(
        Place(home),
        stages(given, settings.base_port, only, delivers=_delivers(settings)),
        lambda: declare(home, settings, given),
        Times().scaled(settings.time_divisor),
    )


def stages(environ: Mapping[str, str], base_port: int, only: Sequence[str] = (), *, delivers: bool = True) -> Stages:
    """Return what runs: the services first, then the bus, then the scheduler of the day.

    With `only`, these services and the bus, without which nothing reaches them; the scheduler if it is named too.
    A bus that delivers by itself is no process here (`delivers` false).
    """
    names = [known(name) for name in only] or NAMES
    services = [service_program(entry, base_port, environ) for entry in catalogue.SERVICES if entry.name in names]
    bus = [Program(BUS, "propcast.service.delivering", environ=environ)] if delivers else []
    scheduler = [Program(SCHEDULER, "propcast.apps.day_scheduler", environ=environ)] if SCHEDULER in names else []
    return [stage for stage in (services, bus, scheduler) if stage]


def service_program(entry: catalogue.Entry, base_port: int, environ: Mapping[str, str]) -> Program:
    """Return how one service is run."""
    port = port_of(entry, base_port)
    return Program(entry.name, "propcast.service.serving", (entry.name, "--port", str(port)), port, environ)


def environment(home: Path, base_port: int, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every process: this one's, with the home and the addresses of the services."""
    urls = addresses(base_port) | service_urls(environ.get(_SERVICE_URLS, ""))
    kept = {name: value for name, value in environ.items() if name != _BASE_PORT}
    told = ",".join(f"{name}={url}" for name, url in urls.items())
    return {**_QUICK, **kept, "PROPCAST_HOME": str(home), _SERVICE_URLS: told, "PYTHONUNBUFFERED": "1"}


def addresses(base_port: int) -> dict[str, str]:
    """Return where the six services are on this machine."""
    return {entry.name: f"http://{catalogue.LOCAL_HOST}:{port_of(entry, base_port)}" for entry in catalogue.SERVICES}


def port_of(entry: catalogue.Entry, base_port: int) -> int:
    """Return the port of a service; they keep their order and distance whatever the first one is."""
    return base_port + entry.port - _FIRST_PORT


def known(name: str) -> str:
    """Return the name under which a process is kept; one that is none is an `InputError` with a hint."""
    deployed = {entry.deployed_name: entry.name for entry in catalogue.SERVICES if entry.deployed_name}
    found = deployed.get(name, name)
    if found not in NAMES:
        raise InputError(f"nothing here is called {name!r}{did_you_mean(name, list(NAMES))}")
    return found


def declare(home: Path, settings: Settings, environ: Mapping[str, str]) -> None:
    """Declare every topic and subscription on the bus that the settings name, each service at its address of now."""
    places = topics.Places(service_urls(environ[_SERVICE_URLS]), settings.topics, settings.time_divisor)
    bus = _of_home(home, settings) if _delivers(settings) else _elsewhere(settings, environ)
    bus.ensure(topics.topics(places), topics.subscriptions(places))


def _delivers(settings: Settings) -> bool:
    """Tell whether the bus is one of this machine, from which a process of ours delivers."""
    return settings.backend_of("bus") == "local"


def _elsewhere(settings: Settings, environ: Mapping[str, str]) -> Bus:
    from propcast.backends.compose import bus_of  # all stores come with it, and most machines need none here

    return bus_of(settings, environ)


def _of_home(home: Path, settings: Settings) -> Bus:
    return SqliteBus(home / "bus.sqlite", clock_of(settings), replace(BusTimes(), locked_s=_LOCKED_S))
