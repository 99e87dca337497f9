"""A guided rollout on this machine: a good release goes live while people ask, a bad one is caught and taken back.

Everything is real: processes of the prediction-worker behind HAProxy, forecasts of a simulated world, the judge.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from propcast.backends.compose import compose
from propcast.backends.settings import Settings
from propcast.cli.main import app
from propcast.core.clock import SystemClock
from propcast.core.errors import NotReady
from propcast.delivery.rollout.known import under_way
from propcast.delivery.targets.local.router import executable
from propcast.delivery.targets.local.target import LocalTarget
from propcast.service.identity import REVISION_HEADER

ROOT = Path(__file__).parents[1]
PROPCAST = str(ROOT / ".venv/bin/propcast")
SERVICE = "prediction-worker"
TODAY, DAY = "2026-01-20", "2026-01-15"
SHORT = ("--seasons", "1", "--days", "60", "--quoted-days", "12")
BASE_PORT = int(os.environ.get("PROPCAST_BASE_PORT", "9080"))
PORT = BASE_PORT + 2
HOME = Path(os.environ.get("PROPCAST_HOME", ROOT / ".propcast" / "demo-rollout")).absolute()
ENVIRON = {**os.environ, "PROPCAST_HOME": str(HOME), "PROPCAST_BASE_PORT": str(BASE_PORT)}
WATCHED = ("--monitoring-duration", "8", "--synthetic-rate", "28", "--min-requests", "190")
"""Windows of 8 s at 28 requests a second to each arm, which leaves most of two cores to others: what measures must not
be what makes the machine slow. Without an error 189 requests prove a margin of two points."""
ROLLED_BACK, PAUSED = 1, 3
BOLD = "\033[1m{}\033[0m" if sys.stdout.isatty() else "{}"
PAUSES = 3
"""So often a rollout that rests is told to go on."""


@dataclass
class People:
    """Somebody who asks the live address ten times a second, and counts who answers."""

    answered: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Ask until it is over."""
        while not self.ended.wait(0.1):
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
            try:
                connection.request("GET", "/health")
                answer = connection.getresponse()
                self.answered[answer.headers.get(REVISION_HEADER, "")] += answer.status == http.client.OK
                self.failed += answer.status != http.client.OK
            except (OSError, http.client.HTTPException):
                self.failed += 1
            finally:
                connection.close()

    def since(self, before: Counter[str]) -> str:
        """Return in words who has answered since then."""
        now = self.answered - before
        told = ", ".join(f"{count} by {name}" for name, count in now.most_common())
        return f"{now.total()} people were answered meanwhile ({told}); {self.failed} were not."


def say(*lines: str) -> None:
    """Print what a reader should know now."""
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    sys.stdout.flush()


def show(*words: str) -> None:
    """Print a command as somebody would type it."""
    say(BOLD.format(f"$ propcast {' '.join(words)}"))


def propcast(*words: str) -> int:
    """Show a command, run it in this process, which saves the start of another, and return how it ended."""
    show(*words)
    return app(list(words), standalone_mode=False) or 0


def must(*words: str) -> None:
    """Show and run a command that has to end well."""
    if code := propcast(*words):
        sys.exit(f"that ended with {code}; the logs are in {HOME / 'logs'}")


def begin_bus() -> "subprocess.Popen[str]":
    """Start the bus beside what else is made ready."""
    words = ("up", "--services", "bus", "--detach")
    show(*words)
    return subprocess.Popen([PROPCAST, *words], env=ENVIRON, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def await_bus(starting: "subprocess.Popen[str]") -> None:
    """Show how the start of the bus went; it has to end well."""
    told, _ = starting.communicate()
    say("The bus, meanwhile:", told.rstrip())
    if starting.returncode:
        sys.exit(f"that ended with {starting.returncode}; the logs are in {HOME / 'logs'}")


def roll_out(folder: Path, *more: str, expect: int = 0) -> None:
    """Roll a release out; the judge may want to see more, and a busy machine can keep him from ever being sure."""
    code = propcast("rollout", SERVICE, "--image", f"dir:{folder}", *more, *WATCHED)
    for _ in range(PAUSES):
        if code != PAUSED:
            break
        say("The judge is not sure yet, so the rollout rests, its traffic where it was. We let it go on.")
        code = propcast("rollout", SERVICE, "--resume", newest_record().parent.name)
    if code != expect:
        sys.exit(
            f"The judge saw it otherwise than the demo ({judged()}). On a busy machine that happens; run it again."
        )


def make_world() -> None:
    """Make a home with a world, a model and graded slates; once."""
    made = HOME / ".made"
    if made.exists():
        return
    say("First a small world of fictional players, a model, and a game day that is forecast and graded (once).")
    quietly("simulate", "--sport", "nba", *SHORT, "--until", TODAY)
    quietly("train", "--sport", "nba", "--market", "points", "--until", DAY)
    quietly("day", "--sport", "nba", "--date", DAY)
    quietly("grade", "--sport", "nba", "--date", DAY)
    made.touch()


def quietly(*words: str) -> None:
    """Run a command whose output belongs to another demo."""
    sys.stdout.write(f"$ propcast {' '.join(words)}\n")
    sys.stdout.flush()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        code = app(list(words), standalone_mode=False)
    if code:
        sys.exit(f"that ended with {code}")


def make_releases(folder: Path) -> None:
    """Pack this checkout twice, and spoil the second one in two ways."""
    for release in ("1.0.0", "1.1.0"):
        must("release", "pack", "--release", release, "--out", str(folder / release), "--dirty")
    must("release", "spoil", str(folder / "1.1.0"), "--fault", "errors", "--out", str(folder / "errors"))
    must("release", "spoil", str(folder / "errors"), "--fault", "bias", "--out", str(folder / "bad"))


def guide(folder: Path, people: People) -> None:
    """Go through the rollouts."""
    say(
        "1. Release 1.0.0 goes live: nothing has traffic yet, so it is started, asked whether it can do its whole job,",
        "   and judged on synthetic requests before anybody reaches it.",
    )
    must("stage", SERVICE, "--image", f"dir:{folder / '1.0.0'}", "--create")
    roll_out(folder / "1.0.0", "--stages", "0,100")
    threading.Thread(target=people.ask, daemon=True).start()

    say(
        "2. A good release, while people ask. At 5 and 50 % it would get that share of the shards of each slate, to be",
        "   compared and not published; people reach it at 100 %. At each stage it is compared with a fresh start of",
        "   1.0.0 in the same seconds: errors, latency, readiness, and the forecasts themselves.",
    )
    before = people.answered.copy()
    roll_out(folder / "1.1.0")
    say(people.since(before))

    say(
        "3. A bad one: it answers one request in twenty with an error, and its forecasts are 0.3 too high. Synthetic",
        "   requests show the one, slates of the past, forecast again, the other: before anybody reaches it.",
    )
    before = people.answered.copy()
    roll_out(folder / "bad", expect=ROLLED_BACK)
    say(f"Why: {judged()}.", people.since(before))
    must("releases")


def clear(target: LocalTarget) -> None:
    """Take back what an earlier run has left open, and begin with nothing."""
    if under_way(compose(Settings(home=HOME)).state, service=SERVICE):
        words = [PROPCAST, "rollback", SERVICE]
        subprocess.run(words, env=ENVIRON, cwd=ROOT, check=False, capture_output=True)
    target.remove(SERVICE)


def newest_record() -> Path:
    """Return the file of the latest decision."""
    return max((HOME / "rollouts").rglob("*.json"), key=lambda path: path.stat().st_mtime)


def judged() -> str:
    """Return what the judge was not content with last."""
    criteria = json.loads(newest_record().read_text(encoding="utf-8"))["judgement"]["criteria"]
    worst = [each for each in criteria if each["verdict"] == "fail"] or [c for c in criteria if c["verdict"] != "pass"]
    return "; ".join(f"{each['name']}: {each['told']}" for each in worst)


def main() -> None:
    """Run the demo."""
    try:
        executable()
    except NotReady as error:
        sys.exit(str(error))
    began = time.monotonic()
    os.environ.update(ENVIRON)
    say(f"PropCast rollout demo. Home: {HOME}, live address: http://127.0.0.1:{PORT}")
    target = LocalTarget(HOME, SystemClock(), BASE_PORT)
    people, folder = People(), HOME / "made" / time.strftime("%Y%m%d-%H%M%S")
    try:
        starting = begin_bus()
        make_world()
        made = time.monotonic()
        make_releases(folder)
        await_bus(starting)
        clear(target)
        guide(folder, people)
        took = f"{time.monotonic() - made:.0f} s, {made - began:.0f} s before that for the world"
        say(f"Done in {took}. Every decision is on file: {HOME / 'rollouts'}")
    finally:
        people.ended.set()
        quietly("down")


if __name__ == "__main__":
    main()
