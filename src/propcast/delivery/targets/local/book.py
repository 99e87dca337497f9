"""The plan and the files that follow from it, written before anything is done, so that a new agent can go on."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from propcast.backends.state.port import State
from propcast.core.clock import Clock
from propcast.delivery.targets.local import routing
from propcast.delivery.targets.local.keeping import Keeping
from propcast.delivery.targets.local.plan import Plan, Service, Slot, load, replace_file, save
from propcast.delivery.targets.local.programs import revision_program, router_program
from propcast.delivery.targets.port import no_service

PLAN = Path("plan.json")


@dataclass(frozen=True)
class Means:
    """What the agent works with.

    Attributes:
        router_s: how long a router may take to come up.
        drain_s: how long a revision may go on with what it is answering before it is ended.
    """

    home: Path
    base_port: int
    state: State
    clock: Clock
    keeping: Keeping
    router_s: float = 15.0
    drain_s: float = 30.0


@dataclass
class Book:
    """What shall run, in the folder that this process runs in; one question at a time changes a service."""

    means: Means
    plan: Plan = field(default_factory=lambda: load(PLAN))
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def service(self, name: str) -> Service:
        """Return a service as it shall be."""
        if name not in self.plan.services:
            raise no_service(name)
        return self.plan.services[name]

    def put(self, service: Service) -> Service:
        """Write a service down."""
        self.plan = self.plan.with_service(service)
        save(PLAN, self.plan)
        for ending, text in routing.files(service).items():
            replace_file(Path(f"{service.name}.{ending}"), text)
        return service

    def forget(self, name: str) -> None:
        """Write down that there is no such service."""
        self.plan = Plan(services={kept: service for kept, service in self.plan.services.items() if kept != name})
        save(PLAN, self.plan)

    def resume(self) -> None:
        """Run everything that shall run; what was on its way out is not started again."""
        for service in list(self.plan.services.values()):
            kept = self.put(service.model_copy(update={"slots": tuple(service.present)}))
            self.means.keeping.start(router_program(kept))
            for slot in kept.slots:
                self.start(kept, slot)

    def start(self, service: Service, slot: Slot) -> None:
        """Run the process of a revision."""
        self.means.keeping.start(revision_program(service, slot, self.means.home, self.means.base_port))
