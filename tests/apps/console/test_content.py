"""What pages are made of: nothing from elsewhere, nothing inline, and the same figures in every format and the CLI."""

import csv
import io
import json
import re

import polars as pl
import pytest

from propcast.apps.console.answers import PredictionAnswer, SlateAnswer, TodayAnswer, harmless
from propcast.core.sport import Sport
from propcast.pipeline.explaining import explain
from propcast.pipeline.funnel import read_funnel
from propcast.pipeline.plain import plain
from propcast.pipeline.queries import slate
from tests.apps.console.stand import PAGE, Page, Stand, console, viewer
from tests.apps.rig import Running
from tests.pipeline.conftest import MLB_DAY, NBA_DAY

SLATE = f"sport=nba&date={NBA_DAY}"
ADDRESSES = ("href", "src", "action", "hx-get", "data", "poster", "srcset", "formaction", "content")
DATA = {"Accept": "application/json"}


def pages(found: Running) -> dict[str, str]:
    """Every page as text."""
    rows = slate(found.site.backends(), Sport.NBA, NBA_DAY).rows
    paths = ("/today", f"/slate?{SLATE}", f"/predictions/{rows['prediction_id'][0]}", "/nowhere", "/sign-in")
    return {path: found.client.get(path, headers=viewer(found)).text for path in paths}


def test_pages_ask_nothing_of_other_hosts_and_have_nothing_inline(stand: Stand) -> None:
    with console(stand) as found:
        for path, text in pages(found).items():
            for tag, told in Page(text).tags:
                assert tag not in ("style", "iframe", "object", "embed"), path
                assert tag != "script" or told.get("src", "").startswith("/static/"), path
                assert "style" not in told, f"{path}: {tag} has a style"
                assert not [name for name in told if name.startswith("on")], path
                for name in ADDRESSES:
                    assert not re.match(r"([a-z]+:|//)", told.get(name, "")), f"{path}: {told[name]}"
            assert "@import" not in text


def test_the_style_sheet_and_scripts_ask_nothing_of_other_hosts(stand: Stand) -> None:
    with console(stand) as found:
        sheet = found.client.get("/static/console.css").text
        own = found.client.get("/static/console.js").text
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert "http" not in own


@pytest.mark.parametrize(
    "path", ["/today", "/today.json", "/today.csv", "/slate", "/sign-in", "/nowhere", "/static/console.css"]
)
def test_every_answer_has_the_content_policy(stand: Stand, path: str) -> None:
    with console(stand) as found:
        answer = found.client.get(path, headers=viewer(found))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_assets_may_be_kept_and_pages_may_not(stand: Stand) -> None:
    with console(stand) as found:
        text = found.client.get("/today", headers=viewer(found))
        address = next(told["href"] for tag, told in Page(text.text).tags if told.get("rel") == "stylesheet")
        assert "immutable" in found.client.get(address).headers["cache-control"]
        assert found.client.get("/static/console.css").headers["cache-control"] == "no-cache"
        assert text.headers["cache-control"] == "no-store"


@pytest.mark.proves("L51")
def test_every_panel_and_page_says_as_of_when(stand: Stand) -> None:
    with console(stand) as found:
        page = Page(found.client.get("/today", headers=viewer(found)).text)
        for name in ("needs", "games", "services", "ages"):
            assert "as of" in page.section(name)
        for text in pages(found).values():
            assert re.search(r"as of <time datetime=\"2024-12-07T17:00:00", text)


@pytest.mark.proves("L51")
def test_today_says_the_same_in_html_json_and_csv_as_the_command_line(stand: Stand) -> None:
    with console(stand) as found:
        key = viewer(found)
        told = found.client.get("/today.json", headers=key).json()
        page = Page(found.client.get("/today", headers=key).text).cells()
        rows = list(csv.DictReader(io.StringIO(found.client.get("/today.csv", headers=key).text)))
        funnel = read_funnel(found.site.backends(), Sport.NBA, NBA_DAY)
    TodayAnswer.model_validate(told)
    data = told["panels"]["games"]["data"]
    (same,) = [each for each in data if (each["sport"], each["game_day"]) == ("nba", str(NBA_DAY))]
    assert same["games"] == plain(funnel.games)
    for game in funnel.games:
        (shown,) = [cells for cells in page if cells and cells[0].startswith(f"{game.game} ")]
        assert shown[1:] == [str(stage) for stage in game.stages]
        of_game = [row for row in rows if row["event_id"] == game.event_id]
        assert [row["state"] for row in of_game] == [stage.state for stage in game.stages]
        assert [row["got"] for row in of_game] == ["" if s.got is None else str(s.got) for s in game.stages]


@pytest.mark.parametrize("panel", ["day", "needs", "games", "ages", "services"])
def test_every_panel_can_be_had_as_rows(stand: Stand, panel: str) -> None:
    with console(stand) as found:
        answer = found.client.get(f"/today.csv?panel={panel}", headers=viewer(found))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.strip()


def test_a_slate_says_the_same_in_json_and_csv_as_the_command_line(stand: Stand) -> None:
    with console(stand) as found:
        key = viewer(found)
        told = found.client.get(f"/slate.json?{SLATE}", headers=key).json()
        text = found.client.get(f"/slate.csv?{SLATE}", headers=key).text
        view = slate(found.site.backends(), Sport.NBA, NBA_DAY)
    SlateAnswer.model_validate(told)
    assert told["rows"] == json.loads(json.dumps(plain(view.rows)))
    assert (told["batch_id"], told["game_day"]) == (view.batch_id, str(NBA_DAY))
    assert text == harmless(view.flat()).write_csv()


@pytest.mark.parametrize(("sport", "day"), [("nba", NBA_DAY), ("mlb", MLB_DAY)])
def test_a_slate_shows_the_rows_of_the_command_line_in_its_order(stand: Stand, sport: str, day: object) -> None:
    with console(stand) as found:
        cells = Page(found.client.get(f"/slate?sport={sport}&date={day}", headers=viewer(found)).text).cells()
        rows = slate(found.site.backends(), Sport(sport), day).shown()  # type: ignore[arg-type]
    shown = [row for row in cells if len(row) == 11][1:]
    assert len(shown) == rows.height
    for row, told in zip(shown, rows.iter_rows(named=True), strict=True):
        assert row[0].startswith(told["player_name"])
        assert row[2] == ("–" if told["line"] is None else f"{told['line']:.1f}")
        assert row[3] == ("–" if told["mean"] is None else f"{told['mean']:.1f}")
        ev = "–" if told["best_ev"] is None else f"{abs(100 * told['best_ev']):.1f} %"
        assert row[8].lstrip("+−") == ev


def test_filters_in_the_address_narrow_every_format_alike(stand: Stand) -> None:
    with console(stand) as found:
        key = viewer(found)
        every = found.client.get(f"/slate.json?{SLATE}", headers=key).json()["rows"]
        name, game = every[0]["player_name"], every[0]["game"]
        for query, wanted in (
            ("market=points", lambda row: row["market"] == "points"),
            (f"game={game}", lambda row: row["game"] == game),
            (f"player={name[1:5].upper()}", lambda row: name[1:5].lower() in row["player_name"].lower()),
            ("decision=bets", lambda row: row["decision"] in ("OVER", "UNDER")),
        ):
            rows = found.client.get(f"/slate.json?{SLATE}&{query}", headers=key).json()["rows"]
            ids = sorted(row["prediction_id"] for row in rows)
            assert ids == sorted(row["prediction_id"] for row in every if wanted(row))
            text = found.client.get(f"/slate.csv?{SLATE}&{query}", headers=key).text
            assert sorted(row["prediction_id"] for row in csv.DictReader(io.StringIO(text))) == ids


def test_fields_that_nobody_filled_in_filter_nothing(stand: Stand) -> None:
    """A form sends them as empty texts."""
    blank = "market=&game=&player=&decision=&sort=&lines=modal"
    with console(stand) as found:
        plainly, blankly = (
            found.client.get(f"/slate.json?{query}", headers=viewer(found)).json()["rows"]
            for query in (SLATE, f"{SLATE}&{blank}")
        )
        assert found.client.get(f"/slate?sport=nba&date=&{blank}", headers=viewer(found)).status_code == 200
    assert blankly == plainly


def test_every_line_shows_alternates_too(stand: Stand) -> None:
    with console(stand) as found:
        key = viewer(found)
        main, every = (
            len(found.client.get(f"/slate.json?{SLATE}&lines={lines}", headers=key).json()["rows"])
            for lines in ("modal", "every")
        )
    assert every > main


@pytest.mark.parametrize(
    ("sort", "column", "falls"), [("mean", "mean", True), ("line", "line", True), ("player", "player_name", False)]
)
def test_the_order_is_in_the_address(stand: Stand, sort: str, column: str, falls: bool) -> None:
    with console(stand) as found:
        rows = found.client.get(f"/slate.json?{SLATE}&sort={sort}", headers=viewer(found)).json()["rows"]
    values = [row[column] for row in rows if row[column] is not None]
    assert values == sorted(values, reverse=falls)


def test_without_a_date_the_latest_slate_is_shown(stand: Stand) -> None:
    with console(stand) as found:
        told = found.client.get("/slate.json?sport=nba", headers=viewer(found)).json()
        latest = max(found.site.backends().ledger.current_between(Sport.NBA, NBA_DAY.plus(-99), NBA_DAY.plus(99)),
                     key=lambda current: current.game_day)  # fmt: skip
    assert told["game_day"] == str(latest.game_day)


def test_a_prediction_says_what_explain_says(stand: Stand) -> None:
    with console(stand) as found:
        key = viewer(found)
        row = slate(found.site.backends(), Sport.NBA, NBA_DAY).rows.row(0, named=True)
        told = found.client.get(f"/predictions/{row['prediction_id']}.json", headers=key).json()
        text = found.client.get(f"/predictions/{row['prediction_id']}", headers=key).text
        lines = found.client.get(f"/predictions/{row['prediction_id']}.csv", headers=key).text
        same = json.loads(json.dumps(plain(explain(found.site.backends(), row["prediction_id"]))))
    PredictionAnswer.model_validate(told)
    assert {name: told[name] for name in same} == same
    assert row["player_name"] in text
    values = {(each["part"], each["name"]): each["value"] for each in csv.DictReader(io.StringIO(lines))}
    assert values["prediction", "prediction_id"] == row["prediction_id"]


def test_nothing_published_is_null_and_no_empty_file(stand: Stand) -> None:
    with console(stand) as found:
        key = {**viewer(found), **DATA}
        told = found.client.get("/slate.json?sport=nba&date=2020-01-01", headers=key).json()
        assert (told["state"], told["rows"]) == ("empty", None)
        assert found.client.get("/slate.csv?sport=nba&date=2020-01-01", headers=key).status_code == 409


@pytest.mark.proves("S4")
@pytest.mark.parametrize(
    "query",
    ["sport=nfl", "date=yesterday", "page=0", "page=1e9", "sort=drop", "lines=all", "unknown=1", "player=" + "x" * 81,
     "market=points%27%20OR%201=1", "date=2024-13-01"],
)  # fmt: skip
def test_an_address_that_does_not_fit_is_refused(stand: Stand, query: str) -> None:
    with console(stand) as found:
        for form in ("", ".json", ".csv"):
            assert found.client.get(f"/slate{form}?{query}", headers=viewer(found)).status_code == 422


@pytest.mark.proves("S4")
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{ 7*7 }}", '"><img src=x onerror=alert(1)>'])
def test_names_of_vendors_are_data(stand: Stand, name: str) -> None:
    def renamed(table: object, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.lit(name).alias("player_name")) if "player_name" in frame.columns else frame

    stand.meddle = renamed
    with console(stand) as found:
        text = found.client.get(f"/slate?{SLATE}&player=x", headers=viewer(found)).text
        text += found.client.get(f"/slate?{SLATE}", headers=viewer(found)).text
    assert name not in text or "{{" in name
    assert "49" not in re.findall(r">(\d\d)<", text)
    assert not [tag for tag, told in Page(text).tags if tag == "img"]


def test_texts_that_a_spreadsheet_would_run_are_quoted() -> None:
    frame = pl.DataFrame({"name": ["=1+1", "+A1", "-2", "@x", "plain", None], "n": [-1, 2, 3, 4, 5, 6]})
    assert harmless(frame)["name"].to_list() == ["'=1+1", "'+A1", "'-2", "'@x", "plain", None]
    assert harmless(frame)["n"].to_list() == frame["n"].to_list()


def test_the_answers_of_programs_have_examples_and_a_schema(stand: Stand) -> None:
    with console(stand) as found:
        document = found.client.get("/openapi.json", headers=found.caller.service()).json()
    assert {"/today.json", "/slate.json", "/predictions/{prediction_id}.json", "/sign-in"} <= set(document["paths"])
    assert {"TodayAnswer", "SlateAnswer", "PredictionAnswer"} <= set(document["components"]["schemas"])


def test_the_page_reads_without_scripts(stand: Stand) -> None:
    """Links, forms and figures are all there; scripts only refresh."""
    with console(stand) as found:
        page = Page(found.client.get("/today", headers={**PAGE, **found.caller.key("viewer")}).text)  # type: ignore[arg-type]
    assert not [told for tag, told in page.tags if tag == "a" and not told.get("href")]
    assert not [told for tag, told in page.tags if tag == "form" and not told.get("action")]
    assert "NBA games today" in page.section("day")
