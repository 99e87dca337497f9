"""Looking leaves nothing behind, also where it is killed midway."""

import subprocess
import sys
from datetime import timedelta

import pytest

from propcast.apps.checks.trips import SCRATCH_DOCUMENTS, trips
from propcast.apps.resources import sweep
from propcast.core.clock import SystemClock
from propcast.service.catalogue import ANALYTICS_PROCESSOR
from propcast.service.topics import scratch_subscription
from propcast.tables.registry import ALL
from tests.apps.rig import Site

KILLS = 3
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


def left(site: Site) -> dict[str, int]:
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


def versions(site: Site) -> dict[str, int]:
    warehouse = site.backends().warehouse
    return {name: warehouse.version(table) for name, table in ALL.items()}


@pytest.mark.proves("H10")
def test_a_look_leaves_nothing_behind(league: Site) -> None:
    before, backends = versions(league), league.backends()
    for _ in range(5):
        for observe in trips(ANALYTICS_PROCESSOR, backends).values():
            observe()
    assert left(league) == NOTHING
    assert versions(league) == before


@pytest.mark.proves("H10")
def test_what_killed_looks_left_is_swept_within_the_hour(league: Site) -> None:
    before = versions(league)
    for _ in range(KILLS):
        killed_midway(league)
    league.clock.instant = SystemClock().now() + timedelta(hours=1)
    backends = league.backends()
    sweep(backends)
    for observe in trips(ANALYTICS_PROCESSOR, backends).values():
        observe()
    assert left(league) == NOTHING
    assert versions(league) == before


def killed_midway(site: Site) -> None:
    """Start a process that looks for ever, and kill it once it has begun a second round."""
    command = [sys.executable, "-c", LOOK_FOR_EVER, str(site.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        for _ in range(5):
            assert process.stdout.readline()
        process.kill()


@pytest.mark.proves("H10")
def test_a_sweep_leaves_what_is_new_alone(league: Site) -> None:
    backends = league.backends()
    backends.objects.put("_scratch/20250701T114500-new", b"new")
    assert sweep(backends) == 0
    league.clock.instant += timedelta(hours=1)
    assert sweep(backends) == 1
