"""The audit trail on every state store: entries are added, never changed, and never lost in silence."""

import pytest

from propcast.backends.state import audit
from propcast.backends.state.audit import AUDIT, AuditEntry
from propcast.backends.state.port import State, Transaction
from propcast.core.errors import InputError
from tests.backends.samples import NOON


def add(state: State, actor: str = "ada", action: str = "halt", target: str = "nba/points") -> str:
    return audit.append(state, actor=actor, action=action, target=target, detail={"reason": "Peña/Jr."})


def test_an_entry_says_who_did_what_to_what_and_when(state: State) -> None:
    entry_id = add(state)
    assert audit.find(state) == [AuditEntry(entry_id, NOON, "ada", "halt", "nba/points", {"reason": "Peña/Jr."})]


def test_entries_come_newest_first_and_can_be_narrowed(state: State) -> None:
    first, second, third = add(state), add(state, actor="bob"), add(state, action="resume")
    assert [entry.id for entry in audit.find(state)] == [third, second, first]
    assert [entry.id for entry in audit.find(state, limit=1)] == [third]
    assert [entry.id for entry in audit.find(state, actor="ada")] == [third, first]
    assert [entry.id for entry in audit.find(state, action="halt", target="nba/points", actor="bob")] == [second]


def test_an_entry_can_be_a_part_of_the_act(state: State) -> None:
    def act(tx: Transaction) -> None:
        audit.append(tx, actor="ada", action="halt", target="nba")
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        state.transact(act)
    assert audit.find(state) == []


def test_an_entry_never_changes(state: State) -> None:
    entry_id = add(state)
    for change in (
        lambda tx: tx.delete(AUDIT, entry_id),
        lambda tx: tx.put(AUDIT, entry_id, {}),
    ):
        with pytest.raises(InputError, match="append-only"):
            state.transact(change)
    assert len(audit.find(state)) == 1


@pytest.mark.proves("X4", "L52")
def test_an_entry_that_cannot_be_written_raises(state: State) -> None:
    with pytest.raises(InputError):
        audit.append(state, actor="ada", action="halt", target="nba", detail={"n": float("nan")})
