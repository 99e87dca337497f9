"""Dead letters are listed, sent again and discarded from the command line."""

import json
from pathlib import Path

from propcast.backends.compose import compose
from propcast.backends.settings import Settings
from propcast.backends.state import audit, deadletters, outbox
from propcast.backends.state.port import State
from tests.cli.conftest import propcast


def home_with(tmp_path: Path, *ids: str) -> State:
    state = compose(Settings(home=tmp_path)).state
    for number in ids:
        state.transact(
            lambda tx, number=number: deadletters.record(  # type: ignore[misc]
                tx, topic="raw-ready", payload={"n": 1}, reason="poison: no date", message_id=number
            )
        )
    return state


def test_those_that_wait_are_listed_with_their_reasons(tmp_path: Path) -> None:
    home_with(tmp_path, "one", "two")
    shown = propcast("--home", tmp_path, "dead-letters", "list").stdout
    assert "raw-ready/one" in shown
    assert "poison: no date" in shown
    told = json.loads(propcast("--home", tmp_path, "dead-letters", "list", "--topic", "other", "--json").stdout)
    assert told == []


def test_discarding_needs_a_reason_and_leaves_nothing_waiting(tmp_path: Path) -> None:
    state = home_with(tmp_path, "one", "two")
    words = ("--home", tmp_path, "dead-letters", "discard", "raw-ready/one", "raw-ready/two")
    assert propcast(*words).exit_code == 2
    assert propcast(*words, "--reason", "a test").exit_code == 0
    assert deadletters.waiting(state) == []
    assert [entry.detail["reason"] for entry in audit.find(state)] == ["a test", "a test"]
    assert "no dead letter waits" in propcast("--home", tmp_path, "dead-letters", "list").stdout


def test_a_replay_owes_the_bus_the_message(tmp_path: Path) -> None:
    state = home_with(tmp_path, "one")
    assert propcast("--home", tmp_path, "dead-letters", "replay", "raw-ready/one").exit_code == 0
    assert [parcel.topic for parcel in outbox.due(state, 10)] == ["raw-ready"]
    assert propcast("--home", tmp_path, "dead-letters", "replay", "raw-ready/one").exit_code == 7
