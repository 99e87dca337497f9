"""A planted fault is in the copy, nowhere else, and does what it says."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from propcast.core.errors import InputError
from propcast.delivery.targets.local.faults import FAULTS
from propcast.delivery.targets.local.planting import plant
from propcast.delivery.targets.local.release import PACKAGE, Release, files_of, read


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_one_module(packed: Release, fault: str, tmp_path: Path) -> None:
    bad = plant(packed, fault, tmp_path / "bad")
    changed = [
        path.relative_to(bad.folder).as_posix()
        for path in files_of(bad.folder)
        if path.read_bytes() != (packed.folder / path.relative_to(bad.folder)).read_bytes()
    ]
    assert changed == [f"{PACKAGE}/{FAULTS[fault].module}"]
    ast.parse((bad.folder / changed[0]).read_text(encoding="utf-8"))
    assert read(packed.folder) == packed
    assert bad.digest != packed.digest
    assert bad.build["release"] == f"{packed.build['release']}-{fault}"


def test_a_fault_that_nobody_knows_is_refused(packed: Release, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bias"):
        plant(packed, "biass", tmp_path / "bad")


def said(release: Release, code: str) -> str:
    """Run code with a release's package, and return what it prints."""
    environ = {**os.environ, "PYTHONPATH": str(release.folder), "PYTHONSAFEPATH": "1"}
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environ)  # noqa: S603 - ourselves
    return done.stdout.strip()


SIDES = """
import numpy as np
from propcast.core.markets import market
from propcast.core.distributions import negative_binomial
from propcast.core.sport import Sport
from propcast.forecast.pricing import Chances
counts = negative_binomial(np.array([20.0]), np.array([1.4]), 100)
chances = Chances.of(counts, np.array([0]), np.array([24.5]))
print(*(round(float(side[0]), 6) for side in (chances.over, chances.push, chances.under)))
"""


def test_a_swap_turns_the_sides_round(packed: Release, tmp_path: Path) -> None:
    over, push, under = said(packed, SIDES).split()
    assert float(over) < 0.3
    assert said(plant(packed, "swap", tmp_path / "bad"), SIDES).split() == [under, push, over]


def test_a_bias_moves_every_mean(packed: Release, tmp_path: Path) -> None:
    code = (
        "import polars as pl; from propcast.forecast import pricing\n"
        "pricing._sound_predictions = lambda *_: pl.DataFrame({'mean': [1.0, None], 'sd': [2.0, None]})\n"
        "print(pricing.slate_predictions([], None, None).rows())"
    )
    assert said(plant(packed, "bias", tmp_path / "bad"), code) == "[(1.3, 2.0), (None, None)]"
