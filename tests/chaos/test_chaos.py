"""Whatever happens to messages, processes, disks and clocks, every slate is published once, whole and right."""

from pathlib import Path

import pytest

from tests.chaos.campaign import run
from tests.chaos.conftest import SEED, SLATES
from tests.chaos.slates import Undisturbed

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3600)]


@pytest.mark.proves("B1", "L24", "L25", "L26", "L27")
def test_nothing_is_lost_doubled_or_half_published(
    template: Path, wanted: Undisturbed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    tally = run(tmp_path, template, wanted, SLATES, SEED, say)
    say(f"chaos, seed {SEED}\n{tally.text()}")
    assert not tally.wrongs
    assert (tally.lost, tally.added, tally.doubled) == (0, 0, 0)
    assert tally.slates >= SLATES
    assert tally.compared
    assert tally.most_charged <= 8
    assert tally.kills.total() >= SLATES / 2
