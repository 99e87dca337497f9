"""A folder holds what is declared: whole files, on record as ours; what others put there is named and stays."""

from pathlib import Path

import pytest

from propcast.delivery.monitoring.folder import RECORD, Folder
from propcast.delivery.monitoring.target import Difference, MonitoringRefused, MonitoringTarget, apply, difference
from tests.delivery.monitoring.watchmen import receiver

WANTED = {"rules/a.yml": "groups: []\n", "grafana/b.json": "{}\n"}


def test_a_folder_is_a_target(tmp_path: Path) -> None:
    assert isinstance(Folder(tmp_path), MonitoringTarget)


def test_everything_is_written_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "there")
    assert apply(folder, WANTED) == Difference(missing=("grafana/b.json", "rules/a.yml"))
    assert not difference(folder, WANTED)
    assert not apply(folder, WANTED)
    assert not list(tmp_path.rglob("*.new"))


def test_changes_leftovers_and_strangers_are_told_apart(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    apply(folder, {**WANTED, "rules/old.yml": "groups: []\n"})
    (tmp_path / "rules" / "a.yml").write_text("groups: [] # mine\n", encoding="utf-8")
    (tmp_path / "rules" / "mine.yml").write_text("groups: []\n", encoding="utf-8")
    (tmp_path / "metrics-key").write_text("secret", encoding="utf-8")
    found = apply(folder, WANTED)
    assert found == Difference(changed=("rules/a.yml",), left=("rules/old.yml",), unknown=("rules/mine.yml",))
    assert difference(folder, WANTED) == Difference(unknown=("rules/mine.yml",))
    assert (tmp_path / "metrics-key").exists()
    assert RECORD not in folder.placed()


def test_who_reads_the_files_is_asked_to_read_them_again(tmp_path: Path) -> None:
    with receiver() as heard, pytest.raises(MonitoringRefused, match=r"127\.0\.0\.1"):
        apply(Folder(tmp_path, (f"{heard.address}/-/reload",)), WANTED)
    assert not difference(Folder(tmp_path), WANTED)


def test_nobody_there_to_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(MonitoringRefused, match="is not reached"):
        apply(Folder(tmp_path, ("http://127.0.0.1:9/-/reload",)), WANTED)
