"""Every call of the platform failing once and for ever, before and after its effect: a named outcome each."""

from collections.abc import Callable

import grpc
import pytest

from propcast.delivery.targets import port
from tests.delivery.targets.cloudrun.conftest import DEPLOYED, SERVICE, Bench, wanted
from tests.emulators.wire import FOR_EVER, Fault

ONE, TWO, THREE = (f"{DEPLOYED}-{name}" for name in ("one", "two", "three"))
Act = Callable[[Bench], object]
Code = grpc.StatusCode

TRANSIENT = (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.INTERNAL, Code.UNKNOWN)
PERMANENT = (Code.PERMISSION_DENIED, Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION, Code.UNAUTHENTICATED)


def create(bench: Bench) -> object:
    """Stage a service that is not there."""
    return bench.target.stage(wanted("one"), create=True)


def stage(bench: Bench) -> object:
    """Stage another revision."""
    return bench.target.stage(wanted("four"))


def revisions(bench: Bench) -> object:
    return bench.target.revisions(SERVICE)


def read(bench: Bench) -> object:
    return bench.target.read_weights(SERVICE)


def invokers(bench: Bench) -> object:
    return bench.target.invokers(SERVICE)


def move(bench: Bench) -> object:
    return bench.move({ONE: 50, TWO: 50}, token=2)


def retire(bench: Bench) -> object:
    bench.target.retire(SERVICE, TWO)
    return None


CASES: list[tuple[Act, str]] = [
    *((create, call) for call in ("GetService", "ListServices", "CreateService", "GetRevision", "UpdateService")),
    *((stage, call) for call in ("GetService", "GetRevision", "UpdateService")),
    *((revisions, call) for call in ("GetService", "ListRevisions")),
    (read, "GetService"),
    (invokers, "GetIamPolicy"),
    *((move, call) for call in ("GetService", "UpdateService")),
    *((retire, call) for call in ("GetService", "UpdateService", "DeleteRevision", "GetOperation")),
]
NAMES = [f"{act.__name__}-{call}" for act, call in CASES]


def prepare(bench: Bench, act: Act) -> None:
    """Bring the platform to where the act makes sense."""
    if act is not create:
        bench.live()
        bench.target.stage(wanted("two", tag="canary"))
        bench.target.stage(wanted("three"))


def state(bench: Bench) -> object:
    """Return what anybody sees of the service now."""
    bench.platform.faults = {}
    found = [(each.name, each.tag) for each in bench.target.revisions(SERVICE)]
    return found, bench.target.read_weights(SERVICE).weights if found else None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("act", "call"), CASES, ids=NAMES)
def test_a_call_that_fails_once_changes_nothing_of_the_outcome(
    bench: Bench, undisturbed: Bench, act: Act, call: str, after: bool
) -> None:
    for each in (bench, undisturbed):
        prepare(each, act)
    bench.platform.faults[call] = Fault(Code.UNAVAILABLE, 1, after)
    act(bench)
    act(undisturbed)
    assert bench.platform.faults[call].times == 0, "the call was not made"
    assert state(bench) == state(undisturbed)


@pytest.mark.parametrize("code", TRANSIENT)
@pytest.mark.parametrize(("act", "call"), CASES, ids=NAMES)
def test_a_call_that_fails_for_ever_is_unavailable_within_bounds(
    bench: Bench, act: Act, call: str, code: grpc.StatusCode
) -> None:
    prepare(bench, act)
    bench.platform.faults[call] = Fault(code, FOR_EVER)
    bench.slept.clear()
    with pytest.raises(port.TargetUnavailable, match=f"{DEPLOYED}|propcast-production"):
        act(bench)
    assert sum(bench.slept) < 60
    assert FOR_EVER - bench.platform.faults[call].times <= 9


@pytest.mark.parametrize("code", PERMANENT)
@pytest.mark.parametrize(("act", "call"), CASES, ids=NAMES)
def test_a_call_that_is_refused_is_not_made_again(bench: Bench, act: Act, call: str, code: grpc.StatusCode) -> None:
    prepare(bench, act)
    bench.platform.faults[call] = Fault(code, FOR_EVER)
    with pytest.raises(port.TargetRefused, match="asking again will not help"):
        act(bench)
    operations = 2 if call == "GetOperation" else 1  # one takes the tag away, one deletes
    assert FOR_EVER - bench.platform.faults[call].times == operations


@pytest.mark.parametrize("times", [1, FOR_EVER], ids=["once", "for-ever"])
@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.PERMISSION_DENIED])
@pytest.mark.parametrize("act", [stage, move])
def test_a_change_whose_end_cannot_be_watched_is_read_back(
    bench: Bench, undisturbed: Bench, act: Act, code: grpc.StatusCode, times: int
) -> None:
    for each in (bench, undisturbed):
        prepare(each, act)
    bench.platform.faults["GetOperation"] = Fault(code, times)
    act(bench)
    act(undisturbed)
    assert state(bench) == state(undisturbed)


@pytest.mark.parametrize("act", [stage, move, retire])
def test_a_conflict_is_told_as_one_and_nothing_is_changed(bench: Bench, act: Act) -> None:
    prepare(bench, act)
    before = state(bench)
    bench.platform.faults["UpdateService"] = Fault(Code.ABORTED, 1)
    with pytest.raises(port.TrafficMoved):
        act(bench)
    assert state(bench) == before


def test_an_operation_that_never_ends_is_given_up(bench: Bench) -> None:
    prepare(bench, read)
    bench.platform.run.slow = FOR_EVER
    with pytest.raises(port.TargetUnavailable, match="still being changed after 300 s"):
        stage(bench)


def test_a_service_that_is_deleted_meanwhile_is_a_conflict(bench: Bench) -> None:
    bench.live()
    bench.platform.run.changed = bench.platform.run.services.clear
    with pytest.raises(port.TargetError):
        move(bench)
