"""Dead letters are sent again under their first key, or discarded; both are on record."""

from pathlib import Path

import pytest

from propcast.backends.bus.port import DEADLINE, ORIGINAL_ID
from propcast.backends.json import JsonValue
from propcast.backends.state import audit, deadletters, outbox
from propcast.backends.state.deadletters import Fate
from propcast.backends.state.port import State
from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError, StoreConflict
from propcast.pipeline.revival import discard, replay
from tests.pipeline.conftest import NOW

BODY: JsonValue = {"schema_version": 1}


@pytest.fixture
def state(tmp_path: Path) -> State:
    return SqliteState(tmp_path / "state.sqlite", FixedClock(NOW))


def died(state: State, payload: JsonValue = BODY, message_id: str = "m7") -> str:
    attributes = {"sport": "nba", DEADLINE: "2025-07-01T11:00:00Z"}
    return state.transact(
        lambda tx: deadletters.record(
            tx, topic="raw-ready", payload=payload, reason="poison", message_id=message_id, attributes=attributes
        )
    )


def test_a_letter_is_sent_again_under_its_first_key_and_without_its_old_deadline(state: State) -> None:
    letter_id = died(state)
    replay(state, letter_id, by="ada")
    (parcel,) = outbox.due(state, 10)
    assert (parcel.topic, parcel.body) == ("raw-ready", BODY)
    assert parcel.attributes == {"sport": "nba", ORIGINAL_ID: "m7"}
    (entry,) = audit.find(state)
    assert (entry.actor, entry.action, entry.target) == ("ada", "replay dead letter", letter_id)


def test_a_letter_is_sent_again_once(state: State) -> None:
    letter_id = died(state)
    replay(state, letter_id, by="ada")
    with pytest.raises(StoreConflict):
        replay(state, letter_id, by="bob")
    assert len(outbox.due(state, 10)) == len(audit.find(state)) == 1


def test_what_is_no_message_is_not_sent_and_still_waits(state: State) -> None:
    letter_id = died(state, payload="{", message_id="")
    with pytest.raises(InputError, match="discard it"):
        replay(state, letter_id, by="ada")
    assert [letter.id for letter in deadletters.waiting(state)] == [letter_id]
    assert (audit.find(state), outbox.due(state, 10)) == ([], [])


def test_a_discarded_letter_waits_no_more_and_the_audit_trail_says_why(state: State) -> None:
    letter_id = died(state)
    discard(state, letter_id, by="ada", reason="a test")
    assert deadletters.waiting(state) == []
    letter = deadletters.get(state, letter_id)
    assert letter is not None
    assert (letter.fate, letter.payload) == (Fate.DISCARDED, BODY)
    (entry,) = audit.find(state, action="discard dead letter")
    assert (entry.target, entry.detail) == (letter_id, {"topic": "raw-ready", "died_of": "poison", "reason": "a test"})
    assert outbox.due(state, 10) == []
