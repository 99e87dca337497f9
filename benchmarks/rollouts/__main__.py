"""Rolls every release out, one after the other, and prints what became of it; exits with 1 where that is not right."""

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rollouts.cases import CASES, PROVEN_BY, Case, Shown, shown
from benchmarks.rollouts.driving import PAUSED, Rollout
from benchmarks.rollouts.people import People
from benchmarks.rollouts.showing import show
from benchmarks.rollouts.slates import Slates
from benchmarks.rollouts.world import SERVICE, Releases, questions, world
from benchmarks.services.running import free_base
from benchmarks.services.world import copy_of, propcast
from propcast.core.clock import SystemClock
from propcast.delivery.targets.local.target import LocalTarget
from propcast.service import catalogue
from propcast.service.supervision.plant import port_of

WORLD = Path(__file__).parents[2] / ".propcast" / "rollouts"
RATE = 40.0
"""Requests a second of people, beside 44 a second of the rollout itself: two cores are to be left some room."""
RESUMED = 4
"""So often a rollout that rests for want of evidence is told to go on."""


@dataclass(frozen=True)
class Stand:
    """A home with a router, releases for it, people who ask, and slates that are made."""

    home: Path
    releases: Releases
    people: People
    slates: Slates

    def play(self, case: Case, sound: Path) -> Shown:
        """Roll a release out and return what became of it."""
        spoiled, hurried = self.releases.spoil(sound, case.fault), list[threading.Thread]()

        def hurry() -> None:
            hurried.append(threading.Thread(target=self.people.hurry, args=(PROVEN_BY,)))
            hurried[-1].start()

        with self.slates.made():
            rollout = self.roll_out(spoiled, hurry)
        for thread in hurried:
            thread.join()
        found = shown(case, rollout, self.people.since(rollout.began), self.why())
        if rollout.code == PAUSED:
            propcast(self.home, "rollback", SERVICE)
        return found

    def roll_out(self, release: Path, on_turn: Callable[[], None]) -> Rollout:
        """Roll a release out; one that rests for want of evidence is told to go on, a few times."""
        rollout = Rollout()
        rollout.follow(self.home, ("--image", f"dir:{release}"), on_turn)
        for _ in range(RESUMED):
            if rollout.code == PAUSED:
                say(f"it rests: {self.why()}")
                rollout.follow(self.home, ("--resume", self.newest()), on_turn)
        return rollout

    def newest(self) -> str:
        """Return the number of the latest deployment."""
        return str(json.loads(propcast(self.home, "releases", "--limit", "1", "--json"))[0]["id"])

    def why(self) -> str:
        """Return what the judge, or who looked before him, was not content with last."""
        told = json.loads(propcast(self.home, "releases", "show", self.newest(), "--json"))
        criteria = told["decisions"][-1]["judgement"]["criteria"] if told["decisions"] else []
        worst = [f"{each['name']}: {each['told']}" for each in criteria if each["verdict"] != "pass"]
        return "; ".join(worst) or str(told["deployment"]["reason"])


@contextmanager
def stand(folder: Path) -> Iterator[tuple[Stand, Path]]:
    """Put a release of this checkout live in a copy of the world, with people asking, until the block ends."""
    base_port = free_base()
    os.environ["PROPCAST_BASE_PORT"] = str(base_port)
    with copy_of(world(WORLD)) as home:
        try:
            propcast(home, "up", "--services", "bus", "--detach", "--json")
            port = port_of(catalogue.service(SERVICE), base_port)
            people = People(port, questions(home, base_port), RATE)
            standing = Stand(home, Releases(home, folder), people, Slates(home))
            sound = standing.releases.pack("sound")
            put_live(home, base_port, sound)
            with standing.people.asking():
                yield standing, sound
        finally:
            with suppress(SystemExit):
                propcast(home, "down", "--json")


def put_live(home: Path, base_port: int, release: Path) -> None:
    """Give a release all of the traffic: the first one has nothing that it could be compared with."""
    told = propcast(home, "stage", SERVICE, "--create", "--image", f"dir:{release}", "--json")
    target = LocalTarget(home, SystemClock(), base_port)
    etag = target.read_weights(SERVICE).etag
    target.set_weights(SERVICE, {json.loads(told)["revision"]: 100}, etag=etag, token=0)


def main() -> int:
    """Play the cases and print them; 1 when any is not as it has to be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollouts", description=__doc__)
    parser.add_argument("--only", action="append", help="only this fault; `good` for none; repeatable")
    parser.add_argument("--json", action="store_true", help="print JSON")
    told = parser.parse_args()
    cases = [case for case in CASES if not told.only or (case.fault or "good") in told.only]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("✗ told to end"))
    with tempfile.TemporaryDirectory(prefix="propcast-rollouts-") as folder:
        say("a world with graded slates, and a release that is live")
        with stand(Path(folder)) as (standing, sound):
            found = [played(standing, sound, case) for case in cases]
    show(found, as_json=told.json)
    return 1 if any(each.faults for each in found) else 0


def played(standing: Stand, sound: Path, case: Case) -> Shown:
    """Play one case, and say so."""
    say(case.name)
    found = standing.play(case, sound)
    say(
        f"{case.name}: {found.verdict} at {found.stage} %{'; NOT AS IT HAS TO BE' if found.faults else ''}: {found.why}"
    )
    return found


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    sys.stderr.write(f"· {time.strftime('%H:%M:%S')} {text}\n")


if __name__ == "__main__":
    sys.exit(main())
