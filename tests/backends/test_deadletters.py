"""Dead letters on every state store: anything is kept, once, until somebody replays or discards it."""

import math
from datetime import timedelta

import pytest

from propcast.backends.state import deadletters
from propcast.backends.state.deadletters import DeadLetter, Fate
from propcast.backends.state.port import JsonValue, State
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreConflict
from tests.backends.samples import NOON


def die(
    state: State,
    message_id: str = "m1",
    topic: str = "prediction-request",
    payload: JsonValue = None,
    reason: str = "poison: no shard",
) -> str:
    return state.transact(
        lambda tx: deadletters.record(
            tx, topic=topic, payload=payload, reason=reason, message_id=message_id, attributes={"sport": "nba"}
        )
    )


def replay(state: State, letter_id: str) -> None:
    state.transact(lambda tx: deadletters.mark_replayed(tx, letter_id, "ada"))


def kept(state: State, letter_id: str) -> DeadLetter:
    letter = deadletters.get(state, letter_id)
    assert letter is not None
    return letter


def test_a_dead_letter_keeps_what_is_needed_to_understand_and_to_replay_it(state: State) -> None:
    letter_id = die(state, payload={"shard": 1})
    assert deadletters.find(state) == [
        DeadLetter(
            id=letter_id,
            topic="prediction-request",
            payload={"shard": 1},
            attributes={"sport": "nba"},
            message_id="m1",
            reason="poison: no shard",
            at=NOON,
            deaths=1,
            is_whole=True,
            fate=None,
            settled_at=None,
            settled_by="",
        )
    ]
    assert deadletters.get(state, "unknown") is None


def test_a_repeat_is_kept_once(state: State, clock: FixedClock) -> None:
    first = die(state)
    before = deadletters.find(state)
    clock.instant += timedelta(hours=1)
    assert die(state, reason="again") == first
    assert deadletters.find(state) == before
    assert len({die(state, "m2"), die(state, topic="raw-ready"), first}) == 3


@pytest.mark.parametrize(
    "payload", ["not \ud800 unicode", {"n": math.inf}, ["\0", {"": None}], "x" * 300_000, 2**80], ids=range(5)
)
@pytest.mark.proves("B6")
def test_any_payload_is_kept(state: State, payload: JsonValue) -> None:
    assert kept(state, die(state, payload=payload)).payload == payload


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "é" * 2_000, "a/b", ""])
@pytest.mark.proves("B6", "B11")
def test_any_name_is_kept(state: State, text: str) -> None:
    letter_ids = {die(state, text, f"topic {text}", reason=text), die(state, f"{text}!", f"topic {text}", reason=text)}
    assert len(letter_ids) == 2
    assert len(deadletters.find(state)) == 2


def test_letters_without_a_message_id_are_told_apart_by_their_content(state: State) -> None:
    assert die(state, "", payload=1) == die(state, "", payload=1) != die(state, "", payload=2)


def test_a_payload_that_is_too_large_is_cut_and_not_replayed(state: State) -> None:
    letter_id = die(state, payload='"\\' * 1_000_000)
    assert not kept(state, letter_id).is_whole
    assert len(str(kept(state, letter_id).payload)) == 400_000
    with pytest.raises(StoreConflict, match="incomplete"):
        replay(state, letter_id)


def test_a_letter_is_replayed_once(state: State, clock: FixedClock) -> None:
    letter_id = die(state)
    clock.instant += timedelta(minutes=1)
    replay(state, letter_id)
    letter = kept(state, letter_id)
    assert (letter.fate, letter.settled_at, letter.settled_by) == (Fate.REPLAYED, NOON + timedelta(minutes=1), "ada")
    for unplayable, why in ((letter_id, "already replayed"), ("unknown", "no dead letter")):
        with pytest.raises(StoreConflict, match=why):
            replay(state, unplayable)


def test_a_letter_is_discarded_once_waits_no_more_and_stays_so_when_it_comes_again(state: State) -> None:
    letter_id = die(state, payload='"\\' * 1_000_000)
    state.transact(lambda tx: deadletters.mark_discarded(tx, letter_id, "ada"))
    assert die(state) == letter_id
    assert deadletters.waiting(state) == []
    assert (kept(state, letter_id).fate, kept(state, letter_id).settled_by) == (Fate.DISCARDED, "ada")
    with pytest.raises(StoreConflict, match="already discarded"):
        replay(state, letter_id)


def test_a_replayed_letter_that_dies_again_waits_again(state: State) -> None:
    letter_id = die(state)
    replay(state, letter_id)
    assert deadletters.waiting(state) == []
    assert die(state, reason="still poison") == letter_id
    (letter,) = deadletters.waiting(state)
    assert (letter.deaths, letter.reason, letter.fate) == (2, "still poison", None)


def test_letters_come_newest_first_and_waiting_ones_oldest_first(state: State) -> None:
    ids = [die(state, f"m{number}", ("raw-ready", "lines-changed")[number % 2]) for number in range(4)]
    replay(state, ids[0])
    assert [letter.id for letter in deadletters.find(state)] == ids[::-1]
    assert [letter.id for letter in deadletters.find(state, topic="raw-ready", limit=1)] == [ids[2]]
    assert [letter.id for letter in deadletters.waiting(state)] == ids[1:]
    assert [letter.id for letter in deadletters.waiting(state, topic="raw-ready")] == [ids[2]]


def test_the_age_is_that_of_the_oldest_that_waits(state: State, clock: FixedClock) -> None:
    assert deadletters.waiting(state, limit=1) == []
    first = die(state)
    clock.instant += timedelta(seconds=10)
    die(state, "m2")
    clock.instant += timedelta(seconds=5)
    assert [state.now() - each.at for each in deadletters.waiting(state, limit=1)] == [timedelta(seconds=15)]
    replay(state, first)
    assert [state.now() - each.at for each in deadletters.waiting(state, limit=1)] == [timedelta(seconds=5)]
