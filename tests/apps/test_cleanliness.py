"""Looking leaves nothing behind, also where it is killed midway."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest

from propcast.apps.checks.trips import SCRATCH_DOCUMENTS, trips
from propcast.apps.resources import sweep
from propcast.core.clock import SystemClock
from propcast.service.catalogue import ANALYTICS_PROCESSOR
from propcast.service.topics import scratch_subscription
from tests.apps.rig import Site, versions

RUNS = int(os.environ.get("PROPCAST_DEEP_RUNS", "30"))
"""Looks altogether, a tenth of which are killed midway."""
KILLED = max(1, RUNS // 10)
KEYS = 4
"""Round trips of one look."""
LOOK_FOR_EVER = """
import sys
from propcast.apps.checks.trips import trips
from propcast.apps.resources import open_resources
from propcast.core.clock import SystemClock
from propcast.service.catalogue import ANALYTICS_PROCESSOR as entry

opened = open_resources(entry, {"PROPCAST_HOME": sys.argv[1], "PROPCAST_PUSH_KEY": "k" * 48})
observed = trips(entry, opened.backends)
while True:
    for key, observe in observed.items():
        observe()
        print(key, flush=True)
"""


def left(site: Site) -> dict[str, int | None]:
    """What is still there of looks, by store."""
    backends = site.backends()
    return {
        "warehouse": len([*(site.home / "warehouse" / "_scratch").glob("*")]),
        "locks": len([*(site.home / "warehouse" / ".locks" / "_scratch").glob("*")]),
        "objects": len([*(site.home / "objects" / "_scratch").glob("*")]),
        "state": len(backends.state.find(SCRATCH_DOCUMENTS)),
        "bus": backends.bus.backlog(scratch_subscription(ANALYTICS_PROCESSOR)).messages,
    }


NOTHING = dict.fromkeys(("warehouse", "locks", "objects", "state", "bus"), 0)


@pytest.mark.proves("H10")
def test_a_look_leaves_nothing_behind(league: Site) -> None:
    before, backends = versions(league), league.backends()
    for _ in range(5):
        for observe in trips(ANALYTICS_PROCESSOR, backends).values():
            observe()
    assert left(league) == NOTHING
    assert versions(league) == before


@pytest.mark.proves("H10")
@pytest.mark.timeout(300 + 10 * RUNS)
def test_looks_and_killed_looks_leave_nothing_that_is_an_hour_old(
    league: Site, record_property: Callable[[str, object], None]
) -> None:
    before, looks = versions(league), 0
    for kill in range(KILLED):
        looks += killed_midway(league, rounds=RUNS // KILLED - 1, steps=kill % KEYS)
    littered = left(league)
    league.clock.instant = SystemClock().now() + timedelta(hours=1)
    backends = league.backends()
    swept = sweep(backends)
    for observe in trips(ANALYTICS_PROCESSOR, backends).values():
        observe()
    after = left(league)
    record_property("told", f"{looks:,} deep looks, {KILLED:,} of them killed midway, left {littered}; an hour later "
                            f"{swept:,} swept, {sum(n or 0 for n in after.values())} scratch objects left")  # fmt: skip
    assert looks >= RUNS
    assert after == NOTHING
    assert versions(league) == before


def killed_midway(site: Site, rounds: int, steps: int) -> int:
    """Start a process that looks for ever and kill it in the middle of a later round; return how often it looked."""
    command = [sys.executable, "-c", LOOK_FOR_EVER, str(site.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        for _ in range(rounds * KEYS + steps):
            assert process.stdout.readline()
        process.kill()
    return rounds + 1


@pytest.mark.proves("H10")
def test_a_sweep_leaves_what_is_new_alone(league: Site) -> None:
    backends = league.backends()
    backends.objects.put("_scratch/20250701T114500-new", b"new")
    assert sweep(backends) == 0
    league.clock.instant += timedelta(hours=1)
    assert sweep(backends) == 1
