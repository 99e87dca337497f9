"""Panels: whatever happens while one is read, it says what, and nothing else is harmed."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from propcast.apps.console.panels import Panel, Panels, PanelState
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError, StoreUnavailable
from tests.service.toys import silent

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def panels(**differently: object) -> Panels:
    return Panels(FixedClock(NOW), silent(), **differently)  # type: ignore[arg-type]


def raising(error: Exception):  # type: ignore[no-untyped-def]
    def work() -> Panel[int]:
        raise error

    return work


def test_what_is_read_is_passed_on() -> None:
    panel = Panel("n", PanelState.OK, NOW, 3)
    assert asyncio.run(panels().read("n", lambda: panel)) is panel


@pytest.mark.proves("X2")
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StoreUnavailable("the disk is full; free some of it."), "The disk is full; free some of it."),
        (
            ZeroDivisionError("secret"),
            "It could not be read (ZeroDivisionError). The log of this service has the details.",
        ),
        (TimeoutError(), "No answer within 5 s. Look at /health/deep of this service, then reload."),
    ],
)
def test_a_failure_is_an_error_that_knows_nothing(error: Exception, sentence: str) -> None:
    found: Panel[int] = asyncio.run(panels().read("n", raising(error)))
    assert (found.state, found.content, found.as_of) == (PanelState.ERROR, None, NOW)
    assert found.sentence == sentence


@pytest.mark.proves("L7")
def test_a_panel_that_hangs_is_given_up() -> None:
    over = threading.Event()

    def hang() -> Panel[int]:
        over.wait()
        return Panel("n", PanelState.OK)

    try:
        found = asyncio.run(panels(patience_s=0.01).read("n", hang))
    finally:
        over.set()
    assert found.state is PanelState.ERROR


def test_since_is_when_it_began_and_is_forgotten_once_it_works() -> None:
    clock, since = FixedClock(NOW), dict[str, datetime]()
    made = Panels(clock, silent(), failing=since)
    asyncio.run(made.read("n", raising(KeyError())))
    clock.instant = NOW.replace(hour=3)
    assert asyncio.run(made.read("n", raising(KeyError()))).as_of == NOW
    asyncio.run(made.read("n", lambda: Panel("n", PanelState.OK, NOW, 1)))
    assert since == {}


def test_the_readers_own_mistake_goes_on_to_him() -> None:
    with pytest.raises(InputError):
        asyncio.run(panels(passing=(InputError,)).read("n", raising(InputError("no such market"))))


def test_as_data_unknown_is_null() -> None:
    found: Panel[int] = Panel("n", PanelState.ERROR, NOW, sentence="gone.")
    assert found.plain() == {"state": "error", "as_of": NOW.isoformat(), "sentence": "gone.", "data": None}
