"""Accounts, sessions and keys: who may sign in, for how long, and what the store would tell a thief."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.responses import Response

from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError
from propcast.service.access import Role
from propcast.service.auth.accounts import Accounts
from propcast.service.auth.keys import ApiKeys
from propcast.service.auth.rates import SIGN_IN, Limiter, StoredCounters
from propcast.service.auth.refusal import Reason, Refused
from propcast.service.auth.sessions import LIFETIME, Cookie, Sessions
from propcast.service.auth.signing_in import SignIn, local_path
from propcast.service.auth.store import Drawer, MemoryStore, StateStore, Store, tidy
from propcast.service.problems import Problem
from propcast.service.push import Strikes
from tests.service.toys import NOW, PASSWORD, SESSION_KEY


@pytest.fixture(params=["memory", "state"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each store that credentials can be kept in."""
    if request.param == "memory":
        return MemoryStore()
    return StateStore(SqliteState(tmp_path / "state.sqlite", FixedClock(NOW)))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def sessions(store: Store, clock: FixedClock) -> Sessions:
    return Sessions(store, (SESSION_KEY,), clock, Cookie())


@pytest.fixture
def keys(store: Store, clock: FixedClock) -> ApiKeys:
    return ApiKeys(store, clock, "prediction-worker")


def refusal(work: object, *told: str) -> Reason:
    with pytest.raises(Refused) as refused:
        work(*told)  # type: ignore[operator]
    return refused.value.reason


def kept(store: Store, user: str = "ada") -> str:
    """Everything that the store knows of a person."""
    drawers = [(Drawer.SESSIONS, "user"), (Drawer.KEYS, "owner")]
    found = [store.find(drawer, field, user) for drawer, field in drawers]
    return json.dumps([found, store.get(Drawer.ACCOUNTS, user)])


def test_documents_are_kept_changed_found_and_removed(store: Store) -> None:
    assert store.get(Drawer.ACCOUNTS, "a.b/c-é") is None
    store.put(Drawer.ACCOUNTS, "a.b/c-é", {"role": "viewer"})
    store.change(Drawer.ACCOUNTS, "a.b/c-é", lambda found: {**(found or {}), "role": "admin"})
    assert store.change(Drawer.ACCOUNTS, "new", lambda found: {"role": str(found)}) == {"role": "None"}
    assert store.find(Drawer.ACCOUNTS, "role", "admin") == [("a.b/c-é", {"role": "admin"})]
    store.delete(Drawer.ACCOUNTS, "a.b/c-é")
    store.delete(Drawer.ACCOUNTS, "a.b/c-é")
    assert store.get(Drawer.ACCOUNTS, "a.b/c-é") is None


def test_what_has_ended_is_deleted_and_the_rest_stays(tmp_path: Path, clock: FixedClock) -> None:
    state = SqliteState(tmp_path / "state.sqlite", clock)
    kept = StateStore(state)
    Accounts(kept).save("ada", PASSWORD, Role.VIEWER)
    sessions, keys = Sessions(kept, (SESSION_KEY,), clock, Cookie()), ApiKeys(kept, clock, "prediction-worker")
    sessions.open("ada")
    key = keys.issue("ada", Role.VIEWER, ["prediction-worker"], timedelta(days=30))
    Limiter(StoredCounters(kept), clock).wait_s(SIGN_IN, "ada")
    Strikes(kept, clock).strike("m-1", "f")
    assert tidy(state, clock.now()) == 0
    clock.instant += timedelta(days=8)
    assert tidy(state, clock.now()) == 3
    assert keys.principal(key).role is Role.VIEWER


def test_a_session_lasts_twelve_hours(store: Store, sessions: Sessions, clock: FixedClock) -> None:
    Accounts(store).save("ada", PASSWORD, Role.OPERATOR)
    session = sessions.open("ada")
    clock.instant += LIFETIME - timedelta(microseconds=1)
    assert sessions.principal(session).role is Role.OPERATOR
    clock.instant += timedelta(microseconds=1)
    assert refusal(sessions.principal, session) is Reason.EXPIRED


def test_sessions_end_one_by_one_or_all_at_once(store: Store, sessions: Sessions) -> None:
    Accounts(store).save("ada", PASSWORD, Role.VIEWER)
    first, second, third = (sessions.open("ada") for _ in range(3))
    sessions.end(first)
    assert refusal(sessions.principal, first) is Reason.UNKNOWN_SESSION
    assert sessions.principal(second).name == "ada"
    assert sessions.end_all("ada") == 2
    assert refusal(sessions.principal, third) is Reason.UNKNOWN_SESSION


def test_a_role_that_changes_or_an_account_that_is_disabled_counts_at_once(store: Store, sessions: Sessions) -> None:
    accounts = Accounts(store)
    accounts.save("ada", PASSWORD, Role.VIEWER)
    session = sessions.open("ada")
    accounts.save("ada", PASSWORD, Role.ADMIN)
    assert sessions.principal(session).role is Role.ADMIN
    accounts.disable("ada")
    assert refusal(sessions.principal, session) is Reason.UNKNOWN_SESSION
    assert refusal(accounts.check, "ada", PASSWORD) is Reason.WRONG_PASSWORD
    with pytest.raises(InputError, match="no account"):
        accounts.disable("bob")


def test_a_session_survives_the_change_of_the_session_key(store: Store, sessions: Sessions, clock: FixedClock) -> None:
    Accounts(store).save("ada", PASSWORD, Role.VIEWER)
    session, token = sessions.open("ada"), sessions.csrf_token(sessions.open("ada"))
    token = sessions.csrf_token(session)
    both = Sessions(store, (b"n" * 48, SESSION_KEY), clock, Cookie())
    assert both.principal(session).name == "ada"
    assert both.is_csrf_token(session, token)
    assert refusal(Sessions(store, (b"n" * 48,), clock, Cookie()).principal, session) is Reason.UNKNOWN_SESSION


@pytest.mark.proves("S4")
def test_what_is_kept_lets_nobody_in(store: Store, sessions: Sessions, keys: ApiKeys) -> None:
    Accounts(store).save("ada", PASSWORD, Role.ADMIN)
    session, key = sessions.open("ada"), keys.issue("ada", Role.ADMIN, ["prediction-worker"], timedelta(days=1))
    told = kept(store)
    assert session not in told
    assert PASSWORD not in told
    assert key.rpartition("_")[2] not in told
    assert sessions.csrf_token(session) not in told
    assert '"$argon2id$' in told


def test_the_cookie_is_for_this_host_over_tls_and_out_of_reach_of_scripts_and_other_sites() -> None:
    response = Response()
    Cookie().put(response, "id")
    told = response.headers["set-cookie"].lower()
    assert told.startswith("__host-propcast=id;")
    for part in ("secure", "httponly", "samesite=strict", "path=/", "max-age=43200"):
        assert part in told
    assert "domain" not in told


def test_a_key_works_for_its_services_until_it_expires_or_is_revoked(keys: ApiKeys, clock: FixedClock) -> None:
    key = keys.issue("ada", Role.VIEWER, ["prediction-worker"], timedelta(days=1))
    other = keys.issue("ada", Role.VIEWER, ["admin-dashboard"], timedelta(days=1))
    assert keys.principal(key).role is Role.VIEWER
    assert refusal(keys.principal, other) is Reason.WRONG_AUDIENCE
    assert refusal(keys.principal, key[:-1] + ("A" if key[-1] != "A" else "B")) is Reason.UNKNOWN_KEY
    keys.revoke(other.split("_")[1])
    assert refusal(keys.principal, other) is Reason.UNKNOWN_KEY
    clock.instant += timedelta(days=1)
    assert refusal(keys.principal, key) is Reason.EXPIRED


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(days=-1), timedelta(days=400)])
def test_a_key_has_an_end(keys: ApiKeys, lifetime: timedelta) -> None:
    with pytest.raises(InputError, match="days"):
        keys.issue("ada", Role.VIEWER, ["prediction-worker"], lifetime)


def test_a_wrong_password_and_an_unknown_name_are_told_apart_by_nobody() -> None:
    accounts = Accounts(MemoryStore())
    accounts.save("ada", PASSWORD, Role.VIEWER)
    assert accounts.check("ada", PASSWORD) is Role.VIEWER
    for name, password in (("ada", "wrong"), ("bob", PASSWORD), ("../etc", PASSWORD), ("", ""), ("ada", "x" * 10_000)):
        assert refusal(accounts.check, name, password) is Reason.WRONG_PASSWORD


@pytest.mark.parametrize(("name", "password"), [("Ada", PASSWORD), ("a b", PASSWORD), ("ada", "short"), ("", PASSWORD)])
def test_an_account_has_a_plain_name_and_a_long_password(name: str, password: str) -> None:
    with pytest.raises(InputError):
        Accounts(MemoryStore()).save(name, password, Role.VIEWER)


@pytest.mark.proves("S6")
def test_guesses_are_counted_per_address_and_per_name(store: Store, clock: FixedClock) -> None:
    accounts, limiter = Accounts(store), Limiter(StoredCounters(store), clock)
    accounts.save("ada", PASSWORD, Role.VIEWER)
    door = SignIn(accounts, Sessions(store, (SESSION_KEY,), clock, Cookie()), limiter)

    def code(name: str, address: str, password: str = "wrong-guess") -> int:  # noqa: S107
        try:
            door.sign_in(name, password, address)
        except Problem as problem:
            return problem.status
        return 200

    assert [code("ada", f"198.51.100.{n}") for n in range(SIGN_IN.requests)] == [401] * SIGN_IN.requests
    assert code("ada", "198.51.100.99", PASSWORD) == 429  # the right guess comes too late
    assert [code(f"user{n}", "203.0.113.1") for n in range(SIGN_IN.requests + 1)][-1] == 429
    clock.instant += timedelta(seconds=SIGN_IN.seconds)
    assert code("ada", "198.51.100.99", PASSWORD) == 200


@pytest.mark.parametrize(
    ("told", "goes"),
    [("/slate?day=2026-11-30", "/slate?day=2026-11-30"), ("//evil.example", "/"), ("/\\evil.example", "/"),
     ("https://evil.example", "/"), ("", "/"), ("/a\r\nSet-Cookie: x", "/")],
)  # fmt: skip
def test_after_signing_in_one_stays_here(told: str, goes: str) -> None:
    assert local_path(told) == goes
