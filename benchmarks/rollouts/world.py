"""The home in which releases are rolled out: a simulated league with graded slates, made once and copied."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rollouts.people import Question
from benchmarks.services.world import propcast
from propcast.backends.compose import compose
from propcast.backends.settings import load_settings
from propcast.delivery.rollout.repeating import Repeating
from propcast.service.auth.credentials import machine_keys
from propcast.service.auth.push import LocalCaller
from propcast.service.catalogue import PREDICTION_WORKER
from propcast.service.supervision.plant import addresses

SERVICE = PREDICTION_WORKER.name
TODAY, DAYS = "2026-01-20", ("2026-01-15", "2026-01-16")
SHORT = ("--seasons", "1", "--days", "60", "--quoted-days", "12")
FORECASTS = 10
"""One question in so many asks for a forecast, all others who is there."""


def world(home: Path) -> Path:
    """Return the home of the world, which is made unless it was."""
    made = home / ".made"
    if not made.exists():
        propcast(home, "simulate", "--sport", "nba", *SHORT, "--until", TODAY)
        propcast(home, "train", "--sport", "nba", "--market", "points", "--until", DAYS[0])
        for day in DAYS:
            propcast(home, "day", "--sport", "nba", "--date", day)
            propcast(home, "grade", "--sport", "nba", "--date", day)
        made.touch()
    return home


@dataclass(frozen=True)
class Releases:
    """Releases of this checkout, sound and spoiled, below a folder."""

    home: Path
    folder: Path

    def pack(self, name: str) -> Path:
        """Pack this checkout under a name."""
        propcast(self.home, "release", "pack", "--release", name, "--out", str(self.folder / name), "--dirty")
        return self.folder / name

    def spoil(self, sound: Path, fault: str) -> Path:
        """Return a copy of a release with a fault in it, or itself where there is none to plant."""
        if not fault:
            return sound
        propcast(self.home, "release", "spoil", str(sound), "--fault", fault, "--out", str(self.folder / fault))
        return self.folder / fault


def questions(home: Path, base_port: int) -> list[Question]:
    """Return what people ask in turn: who is there, and now and then for a forecast of somebody."""
    backends = compose(load_settings(home=home))
    caller = LocalCaller(machine_keys(backends.secrets, "local")[0], backends.clock)
    calls = Repeating(backends, SERVICE, lambda _: {}).calls()

    def credential() -> Mapping[str, str]:
        return caller.headers(addresses(base_port)[SERVICE])

    return [
        question
        for call in calls
        for question in (*[Question("/health")] * (FORECASTS - 1), Question(call.path, call.body, credential))
    ]
