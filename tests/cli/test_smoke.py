"""`propcast smoke` asks where the services are, and its exit code says how they are."""

import json
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import propcast


def free_base() -> int:
    """A port above which nobody listens, most likely."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return min(int(found.getsockname()[1]), 65_000)


@pytest.fixture(autouse=True)
def nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROPCAST_BASE_PORT", str(free_base()))
    monkeypatch.delenv("PROPCAST_SERVICE_URLS", raising=False)


def test_silence_is_unreachable_and_exit_1(tmp_path: Path) -> None:
    result = propcast("--home", tmp_path, "smoke")
    assert result.exit_code == 1
    assert result.stdout.count("UNREACHABLE") == 6
    assert "6 undeclared failures, 0 expected. Exit 1." in result.stdout


def test_json_has_every_service_and_the_verdict(tmp_path: Path) -> None:
    result = propcast("--home", tmp_path, "smoke", "--service", "prediction-worker", "--json")
    told = json.loads(result.stdout)
    assert (told["environment"], told["exit_code"], result.exit_code) == ("local", 1, 1)
    assert [row["service"] for row in told["services"]] == ["prediction-worker"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--service", "prediction-werker"), "did you mean 'prediction-worker'?"),
        (("--environment", "stagging"), "no environment is called 'stagging'"),
        (("--environment", "staging"), "set PROPCAST_SERVICE_URLS"),
    ],
)
def test_a_wrong_command_is_exit_2(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    result = propcast("--home", tmp_path, "smoke", *words)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_check_that_cannot_run_is_exit_3(tmp_path: Path) -> None:
    result = propcast("--home", tmp_path, "smoke", "--key-file", tmp_path / "absent")
    assert result.exit_code == 3
    assert "nothing was asked" in result.stderr
