"""Secret Manager, with the client's own messages: declared versions, rotation, what is missing, and every failure."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import grpc
import pytest
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport

from propcast.backends.bus.tokens import push_keys
from propcast.backends.google.patience import Patience
from propcast.backends.secrets.environment import EnvironmentSecrets
from propcast.backends.secrets.manager import FRESH, Declared, ManagerSecrets, declarations
from propcast.backends.secrets.port import FirstOf, MissingSecret
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError, PropCastError, StoreRefused, StoreUnavailable
from tests.backends.secrets.vault import Vault
from tests.emulators.wire import FOR_EVER, Fault, serving

OLD, NEW = "o" * 40, "n" * 40
QUICK = Patience(budget_s=0.5, first_s=0.001, longest_s=0.002)
Code = grpc.StatusCode
Manager = Callable[..., ManagerSecrets]


@pytest.fixture
def vault() -> Vault:
    found = Vault()
    found.keep("session-key", 1, OLD.encode())
    found.keep("session-key", 2, f" {NEW}\n".encode())
    return found


@pytest.fixture
def manager(vault: Vault, clock: FixedClock) -> Iterator[Manager]:
    with serving(vault.handlers) as address, grpc.insecure_channel(address) as channel:
        client = SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))

        def made(text: str = "SESSION_KEY=session-key@1") -> ManagerSecrets:
            return ManagerSecrets(lambda: client, "propcast", declarations(text), clock, QUICK)

        yield made


def test_a_secret_comes_at_its_declared_version_without_space_around_it(manager: Manager) -> None:
    assert manager().get("SESSION_KEY").reveal() == OLD
    assert manager("SESSION_KEY=session-key@2").get("SESSION_KEY").reveal() == NEW
    assert OLD not in repr(manager().get("SESSION_KEY"))


def test_two_versions_are_valid_during_a_rotation_the_one_in_use_first(manager: Manager) -> None:
    keys = push_keys(manager("SESSION_KEY=session-key@2+1").get("SESSION_KEY"))
    assert [key.secret.reveal() for key in keys] == [NEW, OLD]


def test_the_environment_comes_first(manager: Manager) -> None:
    both = FirstOf((EnvironmentSecrets({"SESSION_KEY": "given"}), manager("SESSION_KEY=session-key@1,B=session-key@2")))
    assert [both.get(name).reveal() for name in ("SESSION_KEY", "B")] == ["given", NEW]


@pytest.mark.parametrize(
    ("name", "version", "value", "message"),
    [
        ("OTHER", 1, b"x", "no version of the secret OTHER is declared"),
        ("SESSION_KEY", 1, None, "disabled"),
        ("SESSION_KEY", 1, b" \n", "SESSION_KEY is empty"),
    ],
)
def test_what_is_not_declared_not_enabled_or_empty_is_missing(
    vault: Vault, manager: Manager, name: str, version: int, value: bytes | None, message: str
) -> None:
    vault.keep("session-key", version, value)
    with pytest.raises(MissingSecret, match=message):
        manager().get(name)


def test_a_version_that_was_never_made_is_missing(manager: Manager) -> None:
    with pytest.raises(MissingSecret, match="session-key/versions/9"):
        manager("SESSION_KEY=session-key@9").get("SESSION_KEY")


def test_a_value_is_asked_for_again_once_it_is_old_and_one_that_was_disabled_goes_out_of_use(
    vault: Vault, manager: Manager, clock: FixedClock
) -> None:
    secrets = manager()
    for _ in range(3):
        secrets.get("SESSION_KEY")
    assert len(vault.asked) == 1
    vault.keep("session-key", 1, None)
    assert secrets.get("SESSION_KEY").reveal() == OLD
    clock.instant += FRESH
    for _ in range(2):
        with pytest.raises(MissingSecret):
            secrets.get("SESSION_KEY")


def test_a_known_value_outlives_an_outage(vault: Vault, manager: Manager, clock: FixedClock) -> None:
    secrets = manager()
    secrets.get("SESSION_KEY")
    vault.faults["AccessSecretVersion"] = Fault(Code.UNAVAILABLE, FOR_EVER)
    clock.instant += timedelta(days=1)
    assert secrets.get("SESSION_KEY").reveal() == OLD


@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.INTERNAL])
def test_a_failure_that_passes_is_not_seen_and_one_that_stays_has_a_name(
    vault: Vault, manager: Manager, code: grpc.StatusCode
) -> None:
    vault.faults["AccessSecretVersion"] = Fault(code, 3)
    assert manager().get("SESSION_KEY").reveal() == OLD
    vault.faults["AccessSecretVersion"] = Fault(code, FOR_EVER)
    with pytest.raises(StoreUnavailable, match="reading the secret SESSION_KEY"):
        manager().get("SESSION_KEY")


@pytest.mark.parametrize("code", [Code.PERMISSION_DENIED, Code.UNAUTHENTICATED, Code.INVALID_ARGUMENT])
def test_a_right_that_is_missing_is_refused_at_once(vault: Vault, manager: Manager, code: grpc.StatusCode) -> None:
    vault.faults["AccessSecretVersion"] = Fault(code, FOR_EVER)
    with pytest.raises(StoreRefused, match="reading the secret SESSION_KEY"):
        manager().get("SESSION_KEY")
    assert len(vault.asked) == 1


def test_what_arrives_changed_is_not_used(vault: Vault, manager: Manager) -> None:
    vault.damaged = True
    with pytest.raises(StoreUnavailable, match="arrived changed"):
        manager().get("SESSION_KEY")


def test_no_error_shows_the_value(vault: Vault, manager: Manager) -> None:
    vault.keep("session-key", 1, b"visible\xff")
    with pytest.raises(PropCastError) as caught:
        manager().get("SESSION_KEY")
    assert "visible" not in "".join(map(str, chain(caught.value)))


@pytest.mark.parametrize("text", ["A", "A=", "A=b", "A=b@0", "A=b@latest", "A=b@1+", "A=b@1+2+3", "a=b@1", "A=B@1"])
def test_a_declaration_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        declarations(text)


def test_declarations_are_read_by_variable() -> None:
    assert declarations(" A=b@1, C=d-e@20+19 ,") == {"A": Declared("b", ("1",)), "C": Declared("d-e", ("20", "19"))}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
