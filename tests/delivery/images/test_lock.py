"""A lock that was not made for what is asked for is found before anything is installed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from propcast.delivery.images.lock import disagreements

ROOT = Path(__file__).parents[3]
Change = Callable[[str, str], None]


@pytest.fixture
def change(tmp_path: Path) -> Change:
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path / name)

    def change(before: str, after: str) -> None:
        file = tmp_path / "pyproject.toml"
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after), encoding="utf-8")

    return change


def test_the_lock_is_made_for_what_is_asked_for() -> None:
    assert list(disagreements(ROOT)) == []


@pytest.mark.proves("I8")
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"polars>=2.1",', '"polars>=9,<10",', "polars: pyproject.toml asks for <10,>=9, uv.lock was made for >=2.1"),
        ('"structlog>=25.4",', '"loguru>=1",', "structlog of extra `web`: pyproject.toml asks for nothing"),
        ('"structlog>=25.4",', '"loguru>=1",', "loguru of extra `web`: pyproject.toml asks for >=1, uv"),
        ('"uvicorn[standard]>=0.38"', '"uvicorn>=0.38"', "uvicorn of extra `web`"),
        ('["matplotlib>=3.10"]', '["matplotlib>=3.10", "polars<1"]', "polars of extra `report`: pyproject.toml asks f"),
    ],
)  # fmt: skip
def test_another_wish_is_named_with_its_package(
    change: Change, tmp_path: Path, before: str, after: str, said: str
) -> None:
    change(before, after)
    assert [told for told in disagreements(tmp_path) if said in told]
    assert all("run `uv lock`" in told for told in disagreements(tmp_path))
