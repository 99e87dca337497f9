"""How the processes of the target are run."""

import os
from collections.abc import Mapping
from pathlib import Path

from propcast.delivery.targets.local import router
from propcast.delivery.targets.local.plan import Service, Slot
from propcast.service.supervision.plant import environment
from propcast.service.supervision.program import Program
from propcast.service.variables import PREFIX

SERVING = "propcast.service.serving"
_OUR_OWN = ("GCP_PROJECT_ID", "K_REVISION", "K_SERVICE", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")


def router_name(service: str) -> str:
    """Return what the router of a service is called; its log has this name."""
    return f"router-{service}"


def revision_name(service: str, name: str) -> str:
    """Return what the process of a revision is called."""
    return f"{service}.{name}"


def router_program(service: Service) -> Program:
    """Return how the router of a service is run."""
    return Program(
        router_name(service.name), router.__name__, (f"{service.name}.cfg",), service.alive_port, dict(os.environ)
    )


def revision_program(service: Service, slot: Slot, home: Path, base_port: int) -> Program:
    """Return how a revision is run: from its own release, whatever is installed or lies where it is started."""
    around = {name: value for name, value in os.environ.items() if name not in _OUR_OWN and not name.startswith(PREFIX)}
    given = environment(home, base_port, {**around, **slot.env})
    return Program(
        revision_name(service.name, slot.name),
        SERVING,
        (service.name, "--port", str(slot.port)),
        slot.port,
        {**given, **identity(slot)},
    )


def identity(slot: Slot) -> Mapping[str, str]:
    """Return what the platform tells a process of itself, and where its code is; who it is, the code says itself."""
    return {"K_REVISION": slot.name, "PYTHONPATH": str(slot.folder), "PYTHONSAFEPATH": "1"}
