"""Whose work a warehouse does, where somebody pays for each job."""

from typing import Protocol, runtime_checkable

from propcast.backends.warehouse.port import Warehouse


@runtime_checkable
class Accounted(Protocol):
    """A warehouse that tells the work of steps apart."""

    def for_step(self, step: str) -> Warehouse:
        """Return the same warehouse, as a step uses it."""
        ...


def for_step(warehouse: Warehouse, step: str) -> Warehouse:
    """Return the warehouse as a step uses it; where no work is billed it is the same for all."""
    return warehouse.for_step(step) if isinstance(warehouse, Accounted) else warehouse
