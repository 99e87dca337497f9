"""What a self-test has shown."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from propcast.delivery.images.findings import Finding, Proven

if TYPE_CHECKING:
    from propcast.delivery.images.closure import Closure


@dataclass(frozen=True)
class Report:
    """What a self-test has shown.

    Attributes:
        closure: what the sources say; None where an image tests itself.
        installed: bytes of the environment.
    """

    service: str
    proofs: tuple[Proven, ...]
    closure: "Closure | None" = None
    installed: int = 0

    @property
    def holds(self) -> bool:
        """Whether the image would do."""
        return all(each.holds for each in self.proofs)

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found."""
        return [finding for each in self.proofs for finding in each.findings]
