"""The image's modules: all that a service can come to import is there, though most of it never ran yet."""

from propcast.delivery.images.baked import Needs
from propcast.delivery.images.resolving import unresolved
from propcast.service.health.body import Status
from propcast.service.health.checks import Observe, Observed, Output

STILL = "what this service can come to import is still being read from its sources; ask again."


def unresolved_imports(needs: Needs) -> Observe:
    """Return an observation that counts modules of the closure which cannot be imported here; nothing is imported.

    Those that the code can do without are counted too; alone they are a warning.
    """

    def observe() -> Observed:
        needed = needs()
        if needed is None:
            return Observed(None, Status.WARN, Output.TIMEOUT, STILL)
        absent = unresolved(needed)
        told = ", ".join(f"{need.full} ({need.place})" for need in absent)
        status = Status.WARN if absent and all(need.optional for need in absent) else None
        return Observed(len(absent), status, sentence=f"cannot be imported: {told}" if absent else "")

    return observe
