"""A home on real ports, with a bus, in which real processes of one service are rolled out."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.delivery.rollout.composing import Site
from propcast.delivery.targets.local.ports import free_ports
from propcast.delivery.targets.local.questions import NAME
from propcast.delivery.targets.port import Wanted
from propcast.service.catalogue import ADMIN_DASHBOARD, Entry
from propcast.service.supervision import plant as processes
from propcast.service.supervision.ending import take_down
from propcast.service.supervision.place import Place
from propcast.service.supervision.times import Times
from tests.delivery.targets.conftest import require_router

ROOT = Path(__file__).parents[3]
MANIFEST = ROOT / "deploy" / "propcast.toml"
SLOWER = 100.0
"""So many times the baseline's latency is let pass: what is looked at here is what is written, on whatever machine."""


@contextmanager
def home_of(template: Path, folder: Path, service: Entry) -> Iterator[Backends]:
    """Copy a home, start its bus, and end whatever was started in it."""
    require_router()
    home = folder / "home"
    shutil.copytree(template, home)
    settings = Settings(home=home, base_port=free_ports(1)[0] - (service.port - ADMIN_DASHBOARD.port))
    environ = processes.environment(home, settings.base_port, os.environ)
    processes.declare(home, settings, environ)
    bus = subprocess.Popen([sys.executable, "-m", "propcast.service.delivering"], env=environ, cwd=ROOT)
    try:
        yield compose(settings)
    finally:
        bus.terminate()
        try:
            take_down(Place(home, NAME), Times())
            bus.wait(30)
        finally:
            bus.kill()


def begin_with(site: Site, service: str, reference: str) -> None:
    """Let a release have all traffic."""
    target, environ = site.platform.target, site.declared.laid.environ(service)
    name = f"{service}-first"
    target.stage(Wanted(service, name, "", target.resolve(reference), environ), create=True)
    target.set_weights(service, {name: 100}, etag=target.read_weights(service).etag, token=0)
