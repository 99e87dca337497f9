"""The matrix on the page: what `propcast smoke` sees, complete in time, asked once for all who look."""

import asyncio
from datetime import timedelta

import pytest

from propcast.apps.console.panels import Panel, PanelState
from propcast.apps.console.services import KEPT_S, LONGEST_S, Services, concerns, note
from propcast.core.clock import FixedClock
from propcast.service import catalogue
from propcast.service.smoke import Matrix, take_matrix
from propcast.service.verdict import Overall
from tests.apps.console.stand import Page, Stand, console, taking, viewer
from tests.service.stopwatch import kept_within
from tests.service.test_smoke import NAMES, NONE, healthy, matrix, services, silent
from tests.service.toys import NOW, HandTimer

GOOD = matrix({})


@pytest.mark.proves("H9")
def test_with_three_of_six_black_holed_the_panel_has_all_six_in_time() -> None:
    async def panel() -> Panel[Matrix]:
        async with services({name: silent if name in NAMES[::2] else healthy(name) for name in NAMES}) as urls:

            async def take() -> Matrix:
                return await take_matrix(urls, NONE, NOW)

            return await Services(take, FixedClock(NOW), HandTimer()).panel(LONGEST_S)

    found = kept_within(1.5, panel)
    assert found.state is PanelState.OK
    assert found.content is not None
    assert {row.service: row.verdict.overall for row in found.content.rows} == {
        name: Overall.UNREACHABLE if name in NAMES[::2] else Overall.PASS for name in NAMES
    }


def test_everybody_who_looks_at_once_shares_one_round() -> None:
    asked: list[int] = []

    async def take() -> Matrix:
        asked.append(1)
        await asyncio.sleep(0)
        return GOOD

    async def many() -> list[Panel[Matrix]]:
        panel = Services(take, FixedClock(NOW), HandTimer()).panel
        return await asyncio.gather(*(panel(5.0) for _ in range(50)))

    found = asyncio.run(many())
    assert len(asked) == 1
    assert {panel.state for panel in found} == {PanelState.OK}


def test_a_matrix_is_kept_for_a_while_then_taken_again() -> None:
    asked: list[int] = []
    timer = HandTimer()

    async def take() -> Matrix:
        asked.append(1)
        return GOOD

    async def look() -> None:
        watched = Services(take, FixedClock(NOW), timer)
        for seconds in (0.0, KEPT_S - 0.1, 0.2):
            timer.advance(seconds)
            await watched.panel(5.0)

    asyncio.run(look())
    assert len(asked) == 2


def test_while_services_are_asked_again_the_last_matrix_is_shown_with_its_age() -> None:
    timer, clock, rounds = HandTimer(), FixedClock(NOW), [GOOD]

    async def take() -> Matrix:
        if rounds:
            return rounds.pop()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def look() -> Panel[Matrix]:
        watched = Services(take, clock, timer)
        await watched.panel(5.0)
        timer.advance(KEPT_S + 1)
        clock.instant = NOW + timedelta(seconds=42)
        return await watched.panel(0.0)

    found = asyncio.run(look())
    assert (found.state, found.content, found.as_of) == (PanelState.STALE, GOOD, GOOD.asked_at)
    assert found.sentence == "Seen 42 s ago; they are asked again."


@pytest.mark.proves("H12")
def test_the_page_shows_the_figures_of_smoke(stand: Stand) -> None:
    told = {
        "prediction-coordinator": healthy("prediction-coordinator", deadletter__depth="warn?", state__latency="pass")
    }
    found = matrix(told)
    stand.take = taking(prediction_coordinator=told["prediction-coordinator"])
    with console(stand) as running:
        cells = Page(running.client.get("/today", headers=viewer(running)).text).cells()
    for row in found.rows:
        name = catalogue.service(row.service).shown_name
        (shown,) = [each for each in cells if each and each[0] == name]
        counts = " ".join(str(number) for number in row.counts() or ())
        assert shown[1:] == [row.code("/health"), row.code("/ready"), counts, str(row.verdict.overall)]


def test_what_all_paths_of_a_silent_service_say_is_said_once() -> None:
    (row,) = [row for row in matrix({"prediction-worker": silent}).rows if row.service == "prediction-worker"]
    assert note(row) == "no answer within 1 s"


def test_silent_services_are_one_concern_and_declared_failures_none() -> None:
    found = matrix(dict.fromkeys(NAMES[:3], silent))
    (concern,) = concerns(found)
    assert concern.what.startswith("3 of 6 services do not answer: nba-admin-dashboard, ")
    assert concerns(GOOD) == []
