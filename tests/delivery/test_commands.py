"""The commands about declarations and images: what they print, and how they end."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import propcast

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "deploy" / "propcast.toml"


@pytest.mark.parametrize("words", ["manifest check", "manifest show", "image closure", "image selftest", "image lint",
                                   "image build", "image push", "release pack", "release spoil"])  # fmt: skip
def test_help_has_an_example(words: str) -> None:
    assert f"Example:  propcast {words}" in propcast(*words.split(), "--help").stdout


def test_a_manifest_that_agrees_ends_well() -> None:
    checked = propcast("manifest", "check", "--file", MANIFEST, "--json")
    assert (checked.exit_code, json.loads(checked.stdout)["violations"]) == (0, [])


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_manifest_with_examples_in_it_ends_badly_where_they_would_be_used(environment: str) -> None:
    checked = propcast("manifest", "check", "--environment", environment, "--file", MANIFEST)
    assert (checked.exit_code, checked.stdout.count("✗ ")) == (1, 6)
    assert f"✗ environments.{environment}.project_id is an example" in checked.stdout


def test_every_disagreement_is_printed_and_ends_badly(tmp_path: Path) -> None:
    for name in ("deploy", "docs/runbooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / "deploy" / "propcast.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"lines:age"', '"line:age"'), encoding="utf-8")
    checked = propcast("manifest", "check", "--file", file)
    assert checked.exit_code == 1
    assert checked.stdout.count("✗ services.prediction-coordinator: checks:") == 2


def test_a_manifest_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("schema = 1\nextra = 2\n", encoding="utf-8")
    checked = propcast("manifest", "check", "--file", tmp_path / "m.toml")
    assert checked.exit_code == 1
    assert "✗ extra: " in checked.stdout


def test_what_is_shown_of_an_environment_is_complete() -> None:
    shown = json.loads(propcast("manifest", "show", "--environment", "production", "--file", MANIFEST, "--json").stdout)
    worker = shown["services"]["prediction-worker"]
    assert worker["env"]["PROPCAST_PROJECT_ID"] == shown["project_id"] == "propcast-production"
    assert worker["env"]["PROPCAST_PUSH_AUDIENCE"] == worker["url"]


def test_an_image_that_is_none_cannot_test_itself() -> None:
    tested = propcast("image", "selftest", "prediction-worker", "--here")
    assert tested.exit_code != 0


def test_the_recipe_of_this_checkout_is_clean() -> None:
    assert propcast("image", "lint", "--checkout", ROOT).exit_code == 0
