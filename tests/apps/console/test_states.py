"""Every page in every state: no panel is blank, unknown is never nought, and what fails leaves the page standing."""

import re
from datetime import datetime, timedelta

import polars as pl
import pytest

from propcast.apps.console.today import PANELS
from propcast.backends.state.ledger import Ledger
from propcast.core.errors import StoreUnavailable
from propcast.core.provenance import SIMULATED
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import PREDICTIONS
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES
from propcast.tables.reference import REF_SIMULATIONS
from propcast.tables.schema import Table
from tests.apps.console.stand import PAGE, Page, Stand, console, never, taking, viewer
from tests.apps.rig import Running
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES
from tests.service.test_smoke import healthy, silent

SLATE = f"/slate?sport=nba&date={NBA_DAY}"
UNPUBLISHED = "2024-12-12"  # it has a game, and nobody ran it


def down(*tables: Table):  # type: ignore[no-untyped-def]
    """Meddle so that these tables cannot be read; all of them when none is named."""

    def meddle(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        if not tables or table in tables:
            raise StoreUnavailable("the warehouse did not answer; look at its disk")
        return frame

    return meddle


def prediction(found: Running) -> str:
    """The address of some prediction."""
    rows = found.client.get(f"/slate.json?sport=nba&date={NBA_DAY}", headers=viewer(found)).json()["rows"]
    return f"/predictions/{rows[0]['prediction_id']}"


def today(found: Running, address: str = "/today") -> Page:
    answer = found.client.get(address, headers=viewer(found))
    assert answer.status_code == 200
    page = Page(answer.text)
    for name in PANELS:
        assert page.section(name), f"the panel {name} is blank"
    return page


def numbers(text: str) -> set[str]:
    """Numbers in words that are no instant and no date."""
    return set(re.findall(r"\d+", re.sub(r"[\d:-]{6,}( UTC)?|\d+ \w+ \d{4}|\b\w{3} \d+ \w{3}\b", "", text)))


def test_all_is_well(stand: Stand) -> None:
    with console(stand) as found:
        page = today(found)
        assert "Nothing needs you." in page.section("needs")
        assert "NBA games today" in page.section("day")
        assert "First start in" in page.section("day")
        assert found.client.get(SLATE, headers=viewer(found)).status_code == 200
        assert found.client.get(prediction(found), headers=viewer(found)).status_code == 200


@pytest.mark.proves("X1")
def test_a_home_with_nothing_in_it_says_so_on_every_page(empty_stand: Stand) -> None:
    with console(empty_stand) as found:
        page = today(found)
        assert "Nothing is known of today" in page.section("day")
        assert "no schedule is stored" in page.section("day")
        assert "No games on this day" in page.section("games")
        answer = found.client.get("/slate", headers=viewer(found))
        assert answer.status_code == 200
        assert "Nothing is known of this day" in answer.text
        assert found.client.get("/predictions/0123456789", headers=viewer(found)).status_code == 404


@pytest.mark.proves("X1")
def test_a_day_without_games_names_the_next_slate(stand: Stand) -> None:
    with console(stand) as found:
        page = today(found, f"/today?date={NO_GAMES}")
        assert "No games on this day" in page.section("day")
        assert "next slate Saturday 7 December 2024" in page.section("day")
        text = found.client.get(f"/slate?date={NO_GAMES}", headers=viewer(found)).text
        assert "There are no games on this day." in text
        assert "Saturday 7 December 2024" in text


@pytest.mark.proves("X1", "X2", "L51")
def test_when_the_warehouse_is_down_everything_is_unknown_and_nothing_nought(stand: Stand) -> None:
    stand.meddle = down()
    with console(stand) as found:
        page = today(found)
        for name in ("day", "games", "ages"):
            words = page.section(name)
            assert "nknown" in words
            assert "The warehouse did not answer; look at its disk" in words
            assert numbers(words) <= {"1", "2"}, "a number is shown of what is unknown"
        assert "it is unknown how games stand" in page.section("needs")
        assert "Nothing needs you." not in page.section("needs")
        assert "pass" in page.section("services")
        for address in (SLATE, "/predictions/0123456789"):
            answer = found.client.get(address, headers=viewer(found))
            assert answer.status_code in (500, 503)
            assert "<main" in answer.text


@pytest.mark.proves("X1", "X2")
@pytest.mark.parametrize(
    ("table", "failing"), [(RAW_QUOTES, {"games"}), (RAW_QUOTE_POLLS, {"ages"}), (EVENTS, {"day", "games", "ages"})]
)
def test_a_table_that_cannot_be_read_takes_only_its_panels_along(stand: Stand, table: Table, failing: set[str]) -> None:
    stand.meddle = down(table)
    with console(stand) as found:
        page = today(found)
        states = {
            told["id"].removeprefix("panel-") for tag, told in page.tags
            if tag == "section" and "is-error" in told["class"]
        }  # fmt: skip
        assert states == failing


@pytest.mark.proves("X2")
def test_what_fails_has_a_since_that_stays_until_it_is_mended(stand: Stand) -> None:
    stand.meddle = down(RAW_QUOTES)
    with console(stand) as found:
        first = today(found).section("games")
        stand.site.clock.instant += timedelta(minutes=5)
        assert "since 17:00:00 UTC" in first
        assert "since 17:00:00 UTC" in today(found).section("games")


@pytest.mark.proves("X2")
def test_a_ledger_that_is_down_makes_needs_unknown(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def runs(*_: object, **__: object) -> list[object]:
        raise StoreUnavailable("the state store is locked")

    with console(stand) as found:
        monkeypatch.setattr(Ledger, "runs", runs)
        page = today(found)
        assert "Unknown since" in page.section("needs")
        assert "The state store is locked" in page.section("needs")
        assert "graded" in page.section("games").lower()


@pytest.mark.proves("X2", "L51")
def test_an_error_of_a_library_is_named_and_not_quoted(stand: Stand) -> None:
    def broken(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        raise KeyError("SELECT hunter2")

    stand.meddle = broken
    with console(stand) as found:
        words = today(found).section("games")
    assert "KeyError" in words
    assert "hunter2" not in words


@pytest.mark.proves("X1")
def test_one_sport_that_fails_leaves_the_other_standing(stand: Stand) -> None:
    def no_basketball(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        if table.name == "nba_player_context":
            raise StoreUnavailable("gone")
        return frame

    stand.meddle = no_basketball
    with console(stand) as found:
        words = today(found, f"/today?date={MLB_DAY}").section("games")
    assert "Unknown: NBA" in words
    assert "MLB" in words.replace("Unknown: NBA", "")


@pytest.mark.proves("X1")
def test_stale_quotes_are_told_in_words(stand: Stand) -> None:
    stand.site.clock.instant = stand.site.clock.instant + timedelta(hours=5)
    with console(stand) as found:
        assert "stale" in today(found).section("ages")


@pytest.mark.proves("X1")
def test_a_slate_that_is_behind_its_quotes_says_by_how_much(stand: Stand) -> None:
    def newer(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        shift = pl.col("poll_at") + pl.duration(minutes=7)
        return frame.with_columns(shift) if table is RAW_QUOTE_POLLS and "poll_at" in frame.columns else frame

    stand.meddle = newer
    with console(stand) as found:
        told = found.client.get("/today.json", headers=viewer(found)).json()["panels"]["games"]["data"]
        last = max(game["starts_at"] for funnel in told for game in funnel["games"] if funnel["sport"] == "nba")
        stand.site.clock.instant = datetime.fromisoformat(last) - timedelta(minutes=10)
        text = found.client.get(SLATE, headers=viewer(found)).text
    assert re.search(r"Quotes are \d+ min newer than these forecasts", text)


@pytest.mark.proves("X1")
def test_a_slate_that_lacks_rows_says_how_many(stand: Stand) -> None:
    def lossy(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        lost = pl.col("event_id") == frame["event_id"].min() if "event_id" in frame.columns else pl.lit(value=False)
        return frame.filter(~lost) if table is PREDICTIONS else frame

    stand.meddle = lossy
    with console(stand) as found:
        text = found.client.get(SLATE, headers=viewer(found)).text
    assert re.search(r"\d+ of \d+ quoted markets have no row in this slate", text)


@pytest.mark.proves("X1")
def test_a_slate_of_a_hundred_days_at_once_is_shown_by_the_page(stand: Stand) -> None:
    def many(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        if table is not PREDICTIONS and table.name != "decisions":
            return frame
        suffix = pl.int_range(pl.len()).over("prediction_id").cast(pl.String)
        return pl.concat([frame] * 60).with_columns(pl.concat_str("prediction_id", suffix))

    stand.meddle = many
    with console(stand) as found:
        answer = found.client.get(SLATE, headers=viewer(found))
        last = found.client.get(f"{SLATE}&page=100000", headers=viewer(found))
    assert "page 1 of" in answer.text
    assert len(answer.content) < 400_000
    assert last.status_code == 200
    assert "Next ›" not in last.text


@pytest.mark.proves("X1")
def test_of_very_many_games_those_in_need_are_shown_and_the_rest_counted(stand: Stand) -> None:
    def many(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        if table is not EVENTS:
            return frame
        number = pl.int_range(pl.len()).over("event_id").cast(pl.String)
        return pl.concat([frame] * 60).with_columns(pl.concat_str("event_id", pl.lit("-"), number).alias("event_id"))

    stand.meddle = many
    with console(stand) as found:
        assert "more games: all are in the CSV" in today(found).section("games")


@pytest.mark.proves("X1")
def test_services_that_take_their_time_are_being_asked_and_the_page_comes_again_by_itself(stand: Stand) -> None:
    stand.take = never
    with console(stand) as found:
        answer = found.client.get("/today", headers=viewer(found))
    page = Page(answer.text)
    assert "The services are being asked." in page.section("services")
    assert "it is unknown how services stand" in page.section("needs")
    assert ("meta", {"http-equiv": "refresh", "content": "2"}) in page.tags
    (panel,) = [told for tag, told in page.tags if told.get("id") == "panel-services"]
    assert panel["hx-trigger"].startswith("load")


def test_a_service_that_fails_or_is_silent_is_what_needs_somebody(stand: Stand) -> None:
    stand.take = taking(
        prediction_worker=silent, mlb_prediction_worker=healthy("mlb-prediction-worker", models__unloaded="fail")
    )
    with console(stand) as found:
        page = today(found)
    assert "prediction-worker does not answer (no answer within 1 s)." in page.section("needs")
    assert "propcast logs prediction-worker" in page.section("needs")
    assert "and 1 more thing" in page.section("needs")
    assert "models:unloaded = 2 models" in page.section("services")


@pytest.mark.proves("X1")
def test_a_reader_whom_nobody_knows_learns_nothing_of_services_and_failures(stand: Stand) -> None:
    stand.public = True
    with console(stand) as found:
        answer = found.client.get("/today", headers=PAGE)
        page = Page(answer.text)
        assert page.section("services").endswith("Sign in to see the services.")
        assert page.section("needs").endswith("Sign in to see what needs somebody.")
        assert "NBA games today" in page.section("day")
        assert found.client.get("/today.csv?panel=services", headers=PAGE).status_code == 403
        assert found.client.get("/today.json").json()["panels"]["needs"]["data"] is None
        unpublished = found.client.get(f"/slate?date={UNPUBLISHED}", headers=PAGE).text
    assert "No slate of this day is published." in unpublished
    assert "propcast day" not in unpublished


@pytest.mark.proves("X1")
def test_what_was_made_up_is_labelled_on_every_page_and_in_every_format(stand: Stand) -> None:
    def made_up(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame({"sport": ["nba", "mlb"]}) if table is REF_SIMULATIONS else frame

    stand.meddle = made_up
    with console(stand) as found:
        for address in ("/today", SLATE):
            assert f"<strong>{SIMULATED}</strong>" in found.client.get(address, headers=viewer(found)).text
        for address in ("/today.json", f"/slate.json?date={NBA_DAY}"):
            told = found.client.get(address, headers=viewer(found)).json()
            assert (told["is_simulated"], told["label"]) == (True, SIMULATED)
        for address in ("/today.csv", f"/slate.csv?date={NBA_DAY}"):
            answer = found.client.get(address, headers=viewer(found))
            assert SIMULATED in answer.headers["content-disposition"]
            assert answer.text.splitlines()[0].endswith(",label")


def test_a_day_that_nobody_ran_says_to_those_who_are_known_what_to_do(stand: Stand) -> None:
    with console(stand) as found:
        text = found.client.get(f"/slate?date={UNPUBLISHED}", headers=viewer(found)).text
    assert f"run <code>propcast day --sport nba --date {UNPUBLISHED}</code> first" in text


def test_what_was_observed_carries_no_label(stand: Stand) -> None:
    with console(stand) as found:
        assert SIMULATED not in found.client.get("/today", headers=viewer(found)).text
        assert found.client.get("/today.json", headers=viewer(found)).json()["label"] is None
