"""Which tokens a process believes and shows follows from where it was declared to run, and from nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from propcast.backends.compose import secrets_of
from propcast.backends.google.accounts import PUSHER, SCHEDULER, account
from propcast.backends.settings import load_settings
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError
from propcast.service.auth import google
from propcast.service.auth.credentials import Credentials, credentials
from propcast.service.auth.google import GoogleCaller, GoogleVerifier
from propcast.service.auth.outbound import Reply, Unreachable
from propcast.service.auth.push import LocalVerifier
from propcast.service.auth.refusal import Refused
from propcast.service.catalogue import SERVICES
from propcast.service.identity import ENVIRONMENTS, environment_of
from tests.service.toys import AUDIENCE, NOW, HandTimer

KEY = {"PROPCAST_PUSH_KEY": "k" * 48}
CLOUD = {"PROPCAST_BACKEND": "gcp", "PROPCAST_BACKEND_SECRETS": "local", "PROPCAST_PROJECT_ID": "toys"}


def of(tmp_path: Path, **variables: str) -> Credentials:
    environ = {"PROPCAST_HOME": str(tmp_path), **KEY, **variables}
    settings = load_settings(environ=environ)
    return credentials(
        settings, environment_of(environ), secrets_of(settings, environ), FixedClock(NOW), "https://w.example"
    )


def test_on_one_machine_its_own_tokens_are_good_and_shown(tmp_path: Path) -> None:
    found = of(tmp_path)
    assert isinstance(found.bearers.verifier, LocalVerifier)
    token = found.headers("https://w.example")["Authorization"].removeprefix("Bearer ")
    assert found.bearers.principal(token).kind == "service"


@pytest.mark.proves("S3")
@pytest.mark.parametrize("variables", [
    {"PROPCAST_ENVIRONMENT": "staging"}, {"PROPCAST_ENVIRONMENT": "production"}, {"PROPCAST_ENVIRONMENT": "Local"},
    {"K_SERVICE": "prediction-worker"},
])  # fmt: skip
def test_elsewhere_a_key_of_one_machine_opens_nothing(tmp_path: Path, variables: dict[str, str]) -> None:
    with pytest.raises(InputError, match="set PROPCAST_BACKEND=gcp"):
        of(tmp_path, **variables)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_in_the_cloud_only_google_is_believed(tmp_path: Path, environment: str) -> None:
    found = of(tmp_path, **CLOUD, PROPCAST_ENVIRONMENT=environment)
    verifier = found.bearers.verifier
    assert isinstance(verifier, GoogleVerifier)
    assert (verifier.tokens.issuer, verifier.tokens.keys.url()) == (google.ISSUER, google.KEYS_URL)
    assert verifier.audience == "https://w.example"
    assert not found.bearers.instant
    local = of(tmp_path).headers("https://w.example")["Authorization"].removeprefix("Bearer ")
    with pytest.raises((Refused, Unreachable)):
        found.bearers.principal(local)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_an_emulator_opens_no_service_outside_of_one_machine(tmp_path: Path, environment: str) -> None:
    """Whoever sets its variable in an environment that is none of its own gets a service that does not open."""
    environ = {**KEY, **CLOUD, "PROPCAST_HOME": str(tmp_path), "PROPCAST_ENVIRONMENT": environment}
    settings = load_settings(environ=environ)
    secrets = secrets_of(settings, environ)
    with pytest.raises(InputError, match="for one machine"):
        credentials(settings, environment_of(environ), secrets, FixedClock(NOW), "https://w.example", emulated=True)


def test_environments_share_no_account_and_every_name_fits() -> None:
    names = [*(entry.name for entry in SERVICES), PUSHER, SCHEDULER]
    accounts = [account(name, environment, "toys") for name in names for environment in ENVIRONMENTS]
    assert len(set(accounts)) == len(accounts)
    assert [each for each in accounts if len(each.partition("@")[0]) > 30] == []


@dataclass
class Platform:
    """Gives numbered tokens, and remembers what it was asked."""

    code: int = 200
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def get(self, url: str, headers: Any = None) -> Reply:
        self.asked.append((url, headers))
        return Reply(self.code, f"token-{len(self.asked)}\n".encode())


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    found = Platform()
    monkeypatch.setattr(google, "get", found.get)
    return found


def test_a_token_of_the_platform_is_for_one_audience_and_used_again_for_a_minute(platform: Platform) -> None:
    timer = HandTimer()
    caller = GoogleCaller(timer)
    shown: Callable[[str], str] = lambda audience: caller.headers(audience)["Authorization"]  # noqa: E731
    assert [shown(AUDIENCE), shown(AUDIENCE), shown("https://b.example")] == [
        "Bearer token-1", "Bearer token-1", "Bearer token-2",
    ]  # fmt: skip
    timer.advance(60)
    assert shown(AUDIENCE) == "Bearer token-3"
    url, headers = platform.asked[1]
    assert url.endswith("/identity?audience=https%3A%2F%2Fb.example&format=full")
    assert headers == {"Metadata-Flavor": "Google"}


def test_off_the_platform_there_is_no_token(platform: Platform) -> None:
    platform.code = 404
    with pytest.raises(Unreachable):
        GoogleCaller(HandTimer()).headers(AUDIENCE)
