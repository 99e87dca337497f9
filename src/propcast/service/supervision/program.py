"""What is to be kept running."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Program:
    """A Python module that runs as a process of its own.

    Attributes:
        name: what people call it; its log file has this name.
        module: run as the main program.
        port: where it answers `/health` and `/ready`; None for a process that shows signs of life instead.
        environ: its whole environment.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    port: int | None = None
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it answers; empty for a process without a port."""
        return f"http://127.0.0.1:{self.port}" if self.port else ""
