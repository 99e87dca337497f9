"""Keys and accounts from the command line are what the services take."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from propcast.backends.compose import compose
from propcast.backends.settings import Settings
from propcast.cli.main import app
from propcast.core.clock import SystemClock
from propcast.service import catalogue
from propcast.service.access import Role
from propcast.service.auth.accounts import Accounts
from propcast.service.auth.keys import ApiKeys
from propcast.service.auth.refusal import Refused
from propcast.service.auth.store import StateStore
from tests.cli.conftest import propcast

PASSWORD = "correct horse battery"  # noqa: S105 - of a test


def store(home: Path) -> StateStore:
    return StateStore(compose(Settings(home=home)).state)


def keys(home: Path, service: str) -> ApiKeys:
    return ApiKeys(store(home), SystemClock(), service)


def test_a_new_key_is_good_at_every_service(tmp_path: Path) -> None:
    shown = propcast("--home", tmp_path, "keys", "create", "--role", "operator", "--owner", "nightly")
    key = shown.stdout.splitlines()[0]
    for entry in catalogue.SERVICES:
        principal = keys(tmp_path, entry.name).principal(key)
        assert (principal.role, principal.name.partition(" ")[0]) == (Role.OPERATOR, "nightly")


def test_a_key_for_one_service_is_good_there_only(tmp_path: Path) -> None:
    words = ("keys", "create", "--role", "viewer", "--owner", "x", "--service", "nba-admin-dashboard", "--json")
    told = json.loads(propcast("--home", tmp_path, *words).stdout)
    assert told["services"] == ["admin-dashboard"]
    assert keys(tmp_path, "admin-dashboard").principal(told["key"]).role is Role.VIEWER
    with pytest.raises(Refused):
        keys(tmp_path, "prediction-worker").principal(told["key"])


def test_a_revoked_key_is_no_good(tmp_path: Path) -> None:
    words = ("keys", "create", "--role", "admin", "--owner", "x", "--json")
    key = json.loads(propcast("--home", tmp_path, *words).stdout)["key"]
    assert propcast("--home", tmp_path, "keys", "revoke", key).exit_code == 0
    with pytest.raises(Refused):
        keys(tmp_path, "prediction-worker").principal(key)


def test_a_user_can_sign_in_with_the_password_and_no_more_once_disabled(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["--home", str(tmp_path), "users", "add", "ada", "--role", "operator", "--password-stdin"],
        input=f"{PASSWORD}\n",
    )  # fmt: skip
    assert result.stdout == "✓ ada may sign in as operator\n"
    assert Accounts(store(tmp_path)).check("ada", PASSWORD) is Role.OPERATOR
    assert propcast("--home", tmp_path, "users", "disable", "ada").exit_code == 0
    with pytest.raises(Refused):
        Accounts(store(tmp_path)).check("ada", PASSWORD)


def test_a_password_that_is_asked_for_is_not_shown(tmp_path: Path) -> None:
    words = ["--home", str(tmp_path), "users", "add", "ada"]
    result = CliRunner().invoke(app, words, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output


def test_an_unknown_user_cannot_be_disabled(tmp_path: Path) -> None:
    result = propcast("--home", tmp_path, "users", "disable", "nobody")
    assert result.exit_code == 2
    assert "there is no account 'nobody'" in result.stderr


def test_a_user_without_a_password_is_known_by_the_e_mail_alone(tmp_path: Path) -> None:
    words = ("users", "add", "ana@example.com", "--role", "viewer", "--no-password")
    assert propcast("--home", tmp_path, *words).stdout == "✓ ana@example.com may sign in as viewer\n"
    accounts = Accounts(store(tmp_path))
    assert accounts.of_email("Ana@example.com") == "ana@example.com"
    with pytest.raises(Refused):
        accounts.check("ana@example.com", "")
    refused = propcast("--home", tmp_path, "users", "add", "ana", "--no-password")
    assert refused.exit_code == 2
    assert "no e-mail address" in refused.stderr
