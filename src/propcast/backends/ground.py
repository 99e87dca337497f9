"""What adapters are made from, whichever they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from propcast.backends.settings import Settings
from propcast.core.clock import Clock


@dataclass(frozen=True)
class Ground:
    """What adapters are made from.

    Attributes:
        settings: where things are and how long protocols take.
        home: folder of what is kept on this machine; it exists once an adapter of this machine is made.
        clock: the time of this process.
        store_clock: the time of the stores of this machine, on which all processes agree.
        environ: where secrets and the addresses of emulators are looked for.
    """

    settings: Settings
    home: Path
    clock: Clock
    store_clock: Clock
    environ: Mapping[str, str]
