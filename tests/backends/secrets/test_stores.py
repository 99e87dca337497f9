"""What every store of secrets does, run on each; then what is particular to files and to the stores in order."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from propcast.backends.secrets.environment import EnvironmentSecrets
from propcast.backends.secrets.files import FileSecrets, random_key
from propcast.backends.secrets.local import PUSH_KEY, local_secrets
from propcast.backends.secrets.port import FirstOf, MissingSecret, Secrets
from propcast.core.errors import InputError

Stock = Callable[[dict[str, str]], Secrets]


def files(folder: Path, values: dict[str, str]) -> FileSecrets:
    for name, value in values.items():
        (folder / name).write_text(value, encoding="utf-8")
        (folder / name).chmod(0o600)
    return FileSecrets(folder)


@pytest.fixture(params=["environment", "files", "first_of"])
def stock(request: pytest.FixtureRequest, tmp_path: Path) -> Stock:
    stocks: dict[str, Stock] = {
        "environment": EnvironmentSecrets,
        "files": lambda values: files(tmp_path, values),
        "first_of": lambda values: FirstOf((EnvironmentSecrets({}), files(tmp_path, values))),
    }
    return stocks[request.param]


def test_a_secret_comes_back_without_space_around_it(stock: Stock) -> None:
    secrets = stock({"VENDOR_KEY": " kéy ✓ with inner space\n", "OTHER": "x"})
    assert secrets.get("VENDOR_KEY").reveal() == "kéy ✓ with inner space"


@pytest.mark.parametrize("values", [{}, {"VENDOR_KEY": ""}, {"VENDOR_KEY": " \n"}])
def test_absent_and_empty_are_missing_and_the_sentence_names_it(stock: Stock, values: dict[str, str]) -> None:
    with pytest.raises(MissingSecret, match="VENDOR_KEY"):
        stock(values).get("VENDOR_KEY")


def test_the_first_store_that_has_the_name_wins(tmp_path: Path) -> None:
    both = FirstOf((EnvironmentSecrets({"A": "environment"}), files(tmp_path, {"A": "file", "B": "file"})))
    assert [both.get(name).reveal() for name in ("A", "B")] == ["environment", "file"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_open_is_refused_not_skipped(tmp_path: Path, mode: int) -> None:
    files(tmp_path, {"A": "value"})
    (tmp_path / "A").chmod(mode)
    with pytest.raises(InputError, match="chmod 600") as caught:
        FirstOf((FileSecrets(tmp_path), EnvironmentSecrets({"A": "other"}))).get("A")
    assert "value" not in str(caught.value)


@pytest.mark.proves("S4")
@pytest.mark.parametrize("name", ["../A", "/etc/passwd", "a", "", "A/B", ".A", "A\0", "A B"])
def test_a_name_can_not_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="not a secret's name"):
        FileSecrets(tmp_path).get(name)


def test_a_generated_key_is_private_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "secrets"
    first = local_secrets(folder, {}, generate=True).get(PUSH_KEY)
    assert stat.S_IMODE((folder / PUSH_KEY).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert local_secrets(folder, {}, generate=True).get(PUSH_KEY) == first
    assert len(first.reveal()) >= 64
    assert [path.name for path in folder.iterdir()] == [PUSH_KEY]


def test_many_first_askers_get_one_key(tmp_path: Path) -> None:
    start = Barrier(8)

    def ask(_: int) -> str:
        start.wait()
        return FileSecrets(tmp_path, {PUSH_KEY: random_key}).get(PUSH_KEY).reveal()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1


def test_the_environment_wins_over_a_generated_key_and_nothing_is_written(tmp_path: Path) -> None:
    assert local_secrets(tmp_path / "s", {PUSH_KEY: "given"}, generate=True).get(PUSH_KEY).reveal() == "given"
    assert not (tmp_path / "s").exists()


def test_only_declared_names_are_generated_and_only_where_allowed(tmp_path: Path) -> None:
    with pytest.raises(MissingSecret):
        local_secrets(tmp_path, {}, generate=True).get("PROPCAST_KEY_VENDOR")
    with pytest.raises(MissingSecret):
        local_secrets(tmp_path, {}, generate=False).get(PUSH_KEY)
    assert list(tmp_path.iterdir()) == []
