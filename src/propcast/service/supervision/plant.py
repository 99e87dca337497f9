"""The processes of one machine, from the catalogue and the settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from propcast.core.errors import InputError, did_you_mean
from propcast.service import catalogue, variables
from propcast.service.supervision.program import Program
from propcast.service.supervision.supervisor import Stages

BASE_PORT = 8080
BUS, SCHEDULER = "bus", "scheduler"
_SERVICE_URLS = "PROPCAST_SERVICE_URLS"
_OURS_ALONE = ("PROPCAST_BASE_PORT",)


def undertaking(settings: Settings, base_port: int, environ: Mapping[str, str], only: Sequence[str]) -> Undertaking:
    """Return what `propcast up` runs in the home of the settings."""
    home = settings.home.expanduser().absolute()
    given = environment(home, base_port, environ)

    def prepare() -> None:
        declare(compose(settings).bus, service_urls(given[_SERVICE_URLS]))

    return Undertaking(Place(home), stages(given, base_port, only), prepare, Times().scaled(settings.time_divisor))


def stages(home: Path, base_port: int, environ: Mapping[str, str], only: Sequence[str] = ()) -> Stages:
    """Return what runs: the services first, then the bus, then the scheduler of the day.

    With `only`, these services and the bus without which nothing reaches them; the scheduler if it is named too.
    """
    names = _names(only)
    given = environment(home, base_port, environ)
    services = [service_program(entry, base_port, given) for entry in catalogue.SERVICES if entry.name in names]
    bus = [Program(BUS, "propcast.service.delivering", environ=given)]
    scheduler = [Program(SCHEDULER, "propcast.service.scheduling", environ=given)] if SCHEDULER in names else []
    return [stage for stage in (services, bus, scheduler) if stage]


def service_program(entry: catalogue.Entry, base_port: int, environ: Mapping[str, str]) -> Program:
    """Return how one service is run."""
    port = port_of(entry, base_port)
    return Program(entry.name, "propcast.service.serving", (entry.name, "--port", str(port)), port, environ)


def environment(home: Path, base_port: int, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every process: this one's, with the home and the addresses of the services."""
    told = variables.service_urls(environ.get(_SERVICE_URLS, ""))
    urls = ",".join(f"{name}={url}" for name, url in (addresses(base_port) | told).items())
    kept = {name: value for name, value in environ.items() if name not in _OURS_ALONE}
    return {**kept, "PROPCAST_HOME": str(home), _SERVICE_URLS: urls, "PYTHONUNBUFFERED": "1"}


def addresses(base_port: int) -> dict[str, str]:
    """Return where the six services are on this machine."""
    return {entry.name: f"http://{catalogue.LOCAL_HOST}:{port_of(entry, base_port)}" for entry in catalogue.SERVICES}


def port_of(entry: catalogue.Entry, base_port: int) -> int:
    """Return the port of a service; they keep their order and distance whatever the first one is."""
    return base_port + entry.port - BASE_PORT


def _names(only: Sequence[str]) -> list[str]:
    known = [*(entry.name for entry in catalogue.SERVICES), BUS, SCHEDULER]
    aliases = {entry.deployed_name: entry.name for entry in catalogue.SERVICES if entry.deployed_name}
    names = [aliases.get(name, name) for name in only]
    for name in names:
        if name not in known:
            raise InputError(f"nothing here is called {name!r}{did_you_mean(name, known)}")
    return names or known
