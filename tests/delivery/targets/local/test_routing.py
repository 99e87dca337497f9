"""The files of a router: what they say is what HAProxy takes, and whole percents are exact."""

import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.errors import NotReady
from propcast.delivery.targets.local import router
from propcast.delivery.targets.local.plan import PLACEHOLDER, SLOTS, Service, Slot
from propcast.delivery.targets.local.routing import configuration, files, numbered
from tests.delivery.targets.conftest import require_router

NOON = datetime(2025, 10, 24, 12, tzinfo=UTC)


def service(**shares: int) -> Service:
    """A service with the revisions `one` and `two`."""
    slots = tuple(
        Slot(
            number=number,
            name=name,
            tag=name,
            digest="",
            folder=Path("/r"),
            port=9100 + number,
            env={},
            created_at=NOON,
        )
        for number, name in enumerate(("one", "two"))
    )
    ports = tuple(range(9002, 9002 + SLOTS))
    made = Service(name="prediction-worker", port=9000, alive_port=9001, tag_ports=ports, created_at=NOON, slots=slots)
    return made.model_copy(update={"shares": shares or {PLACEHOLDER: 100}})


@given(st.integers(0, 100))
def test_every_percent_has_one_number_of_a_hundred(share: int) -> None:
    counted = Counter(numbered({"slot0": share, "slot1": 100 - share}))
    assert counted == Counter({"slot0": share, "slot1": 100 - share})


def test_a_place_that_nobody_has_leads_nowhere() -> None:
    lines = configuration(service(slot0=95, slot1=5)).splitlines()
    servers = [line.split() for line in lines if line.startswith("  server slot")]
    assert len(servers) == 2 * SLOTS
    assert {words[1] for words in servers if "disabled" not in words} == {"slot0", "slot1"}


def test_nobody_without_a_share_steps_in() -> None:
    public = configuration(service(slot0=100)).partition("backend public")[2].partition("listen")[0]
    assert "server slot0 127.0.0.1:9100 weight 100" in public
    assert "server slot1 127.0.0.1:9101 weight 0" in public


@pytest.mark.parametrize("shares", [{}, {"slot0": 100}, {"slot0": 95, "slot1": 5}])
def test_the_router_takes_its_configuration(shares: dict[str, int], tmp_path: Path) -> None:
    require_router()
    for ending, text in files(service(**shares)).items():
        (tmp_path / f"prediction-worker.{ending}").write_text(text)
    words = [router.executable(), "-c", "-f", "prediction-worker.cfg"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    assert (done.returncode, "WARNING" in done.stderr) == (0, False), done.stderr


def test_a_machine_without_a_router_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(NotReady, match="apt-get install haproxy"):
        router.executable()
