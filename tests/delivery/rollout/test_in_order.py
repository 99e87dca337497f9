"""All services in turn: the first that is not promoted ends it, and what was not begun is told."""

from pathlib import Path

import pytest

from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import FixedClock
from propcast.delivery.rollout import filing
from propcast.delivery.rollout.in_order import Done, Step, roll_out_all, steps
from propcast.delivery.rollout.ledger import Deployment, Kind, Outcome
from propcast.delivery.rollout.plan import Refused
from tests.delivery.rollout.world import NOON

ORDER = ("analytics-processor", "prediction-worker", "prediction-coordinator")
DUE = [Step(name, f"registry/{name}@sha256:{1:064x}") for name in ORDER]


def put(state: SqliteState, service: str, kind: Kind, outcome: Outcome, number: int) -> None:
    """Put a closed deployment of the image of that number on record."""
    digest = f"sha256:{number:064x}"
    row = Deployment(
        f"{service}-{kind}-{number}", kind, "staging", service, "ann", "c", f"registry/{service}:1.{number}", digest,
        f"{service}-{number}", "0" * 12, "m", NOON,
    )  # fmt: skip
    lease = filing.begin_row(state, row, "test")
    filing.end_row(state, lease, row, outcome, "")


@pytest.fixture
def state(tmp_path: Path) -> SqliteState:
    """A store in which every service has image 1 staged."""
    made = SqliteState(tmp_path / "state.sqlite", FixedClock(NOON))
    for service in ORDER:
        put(made, service, Kind.STAGE, Outcome.STAGED, 1)
    return made


def test_every_service_is_rolled_out_in_order() -> None:
    seen = list[Step]()

    def roll_out(step: Step) -> int:
        seen.append(step)
        return 0

    done = roll_out_all(DUE, roll_out)
    assert seen == DUE
    assert done == Done(ORDER, 0, ())


@pytest.mark.parametrize("code", [1, 2, 3, 4, 130])
def test_the_first_that_is_not_promoted_ends_it(code: int) -> None:
    seen = list[str]()

    def roll_out(step: Step) -> int:
        seen.append(step.service)
        return code if step.service == ORDER[1] else 0

    assert roll_out_all(DUE, roll_out) == Done(ORDER[:1], code, ORDER[2:])
    assert seen == [*ORDER[:2]]


def test_what_was_staged_last_is_due_by_its_digest(state: SqliteState) -> None:
    put(state, ORDER[0], Kind.STAGE, Outcome.STAGED, 2)
    assert next(step.reference for step in steps(state, "staging", ORDER, {})).endswith(f":1.2@sha256:{2:064x}")


def test_what_serves_already_is_not_due(state: SqliteState) -> None:
    put(state, ORDER[1], Kind.ROLLOUT, Outcome.PROMOTED, 1)
    assert [step.service for step in steps(state, "staging", ORDER, {})] == [ORDER[0], ORDER[2]]


def test_an_image_that_is_given_goes_first(state: SqliteState) -> None:
    found = steps(state, "staging", ORDER, {ORDER[1]: "registry/x@sha256:1"})
    assert found[1] == Step(ORDER[1], "registry/x@sha256:1")


def test_nothing_is_begun_while_one_service_has_nothing_staged(state: SqliteState) -> None:
    with pytest.raises(Refused, match="nothing of admin-dashboard is staged in staging"):
        steps(state, "staging", (*ORDER, "admin-dashboard"), {})
    with pytest.raises(Refused, match="nothing of analytics-processor is staged in production"):
        steps(state, "production", ORDER, {})


def test_an_image_of_no_service_is_refused(state: SqliteState) -> None:
    with pytest.raises(Refused, match="no nobody"):
        steps(state, "staging", ORDER, {"nobody": "x@y"})
