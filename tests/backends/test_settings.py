"""Settings come from `PROPCAST_*` variables, with defaults."""

from pathlib import Path

import pytest

from propcast.backends.settings import Settings, load_settings, unknown_variables
from propcast.core.errors import InputError


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PROPCAST_{name.upper()}", raising=False)


def test_defaults_work_on_one_machine() -> None:
    settings = load_settings()
    assert (settings.home, settings.backend) == (Path.home() / ".propcast", "local")
    assert settings.history == Path("../shared/data")


def test_variables_replace_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROPCAST_HOME", str(tmp_path))
    monkeypatch.setenv("PROPCAST_LOG_LEVEL", "DEBUG")
    assert (load_settings().home, load_settings().log_level) == (tmp_path, "DEBUG")


def test_an_argument_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROPCAST_HOME", "/elsewhere")
    assert load_settings(home=tmp_path).home == tmp_path


def test_a_value_that_cannot_be_used_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROPCAST_LOG_LEVEL", "LOUD")
    with pytest.raises(InputError, match=r"PROPCAST_LOG_LEVEL: .*DEBUG"):
        load_settings()


def test_an_unknown_variable_is_reported_with_the_nearest_name() -> None:
    environ = {"PROPCAST_HOEM": "x", "PROPCAST_HOME": "x", "PATH": "x", "PROPCAST_BACKENDS": "x"}
    assert unknown_variables(environ) == [
        "PROPCAST_BACKENDS is not a setting; did you mean 'PROPCAST_BACKEND'?",
        "PROPCAST_HOEM is not a setting; did you mean 'PROPCAST_HOME'?",
    ]


def test_an_environment_can_be_given_and_then_no_other_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROPCAST_SHARD_SIZE", "32")
    settings = load_settings(environ={"PROPCAST_HOME": "/h", "PROPCAST_THREADS": "3", "PROPCAST_REGION": ""})
    assert (settings.home, settings.threads, settings.shard_size, settings.region) == (Path("/h"), 3, 128, "")


def test_topics_have_their_own_names_unless_they_are_called_otherwise() -> None:
    renamed = load_settings(environ={"PROPCAST_TOPIC_FEATURES_READY": "nba-features"}).topics
    assert renamed.pop("features-ready") == "nba-features"
    assert renamed
    assert all(name == called for name, called in renamed.items())


def test_secrets_and_families_of_variables_are_known() -> None:
    names = ("PROPCAST_PUSH_KEY", "PROPCAST_SESSION_KEY", "PROPCAST_KEY_ODDS", "PROPCAST_BACKEND_STATE")
    assert unknown_variables(dict.fromkeys(names, "x")) == []


def test_a_clock_is_set_wrong_in_local_alone() -> None:
    assert load_settings(environ={"PROPCAST_CLOCK_OFFSET_S": "-7.5"}).clock_offset_s == -7.5
    with pytest.raises(InputError, match=r"PROPCAST_CLOCK_OFFSET_S: .*'staging'"):
        load_settings(environ={"PROPCAST_CLOCK_OFFSET_S": "5", "PROPCAST_ENVIRONMENT": "staging"})
