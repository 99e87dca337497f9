"""The first account: made once, on one machine only, with a password that nobody else can read."""

import stat
from pathlib import Path

import pytest

from propcast.backends.secrets.local import ADMIN_PASSWORD, local_secrets
from propcast.backends.secrets.port import MissingSecret
from propcast.service.access import Role
from propcast.service.auth.accounts import SHORTEST, Accounts
from propcast.service.auth.first_account import FIRST, ensure_first_account, first_password
from propcast.service.auth.refusal import Refused
from propcast.service.auth.store import MemoryStore


def test_a_new_machine_gets_an_administrator_whose_password_is_kept_privately(tmp_path: Path) -> None:
    accounts, secrets = Accounts(MemoryStore()), local_secrets(tmp_path / "secrets", {}, generate=True)
    assert ensure_first_account(accounts, secrets, "local")
    kept = tmp_path / "secrets" / ADMIN_PASSWORD
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert accounts.check(FIRST, kept.read_text()) is Role.ADMIN
    assert first_password(secrets).reveal() == kept.read_text()


def test_an_account_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    accounts, secrets = Accounts(MemoryStore()), local_secrets(tmp_path, {}, generate=True)
    accounts.save(FIRST, "a-password-of-my-own", Role.VIEWER)
    assert not ensure_first_account(accounts, secrets, "local")
    assert accounts.check(FIRST, "a-password-of-my-own") is Role.VIEWER
    assert list(tmp_path.iterdir()) == []


@pytest.mark.proves("S9", "L54")
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_elsewhere_nobody_gets_in_by_default(tmp_path: Path, environment: str) -> None:
    accounts = Accounts(MemoryStore())
    given = local_secrets(tmp_path, {ADMIN_PASSWORD: "given-by-a-variable"}, generate=False)
    assert not ensure_first_account(accounts, given, environment)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        accounts.check(FIRST, "given-by-a-variable")
    with pytest.raises(MissingSecret):
        first_password(local_secrets(tmp_path, {}, generate=False))


def test_the_password_can_be_typed_and_is_long_enough(tmp_path: Path) -> None:
    password = first_password(local_secrets(tmp_path, {}, generate=True)).reveal()
    groups = password.split("-")
    assert [len(group) for group in groups] == [5, 5, 5, 5]
    assert not set(password) & set("0o1il")
    assert len(password) >= SHORTEST
