"""Reading a published slate: what people see is what was published, nothing else."""

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.errors import InputError, NotReady
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.queries import require_current, slate, without_games
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import PREDICTIONS
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES, NOW

DAYS = pytest.mark.parametrize(("sport", "day"), [(Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)])


@DAYS
def test_a_slate_shows_each_quoted_participant_of_the_champion_once(
    played_home: Backends, sport: Sport, day: GameDay
) -> None:
    rows = slate(played_home, sport, day).rows
    assert rows.height > 0
    assert set(rows["system"]) == {CHAMPION}
    assert rows.select("event_id", "participant_id", "market").is_unique().all()
    assert rows["is_quoted"].all()


@DAYS
def test_every_prediction_has_its_decision_and_game_beside_it(
    played_home: Backends, sport: Sport, day: GameDay
) -> None:
    rows = slate(played_home, sport, day, every_line=True).rows
    events = played_home.warehouse.read(EVENTS, [In("game_day", (day.date,))])
    games = {event: f"{away}@{home}" for event, away, home in events.select("event_id", "away", "home").iter_rows()}
    assert rows["decision"].null_count() == 0
    assert [games[event] for event in rows["event_id"]] == rows["game"].to_list()


def test_every_line_shows_alternates_too(played_home: Backends) -> None:
    modal, every = (
        slate(played_home, Sport.NBA, NBA_DAY, market="points", every_line=wanted).rows for wanted in (False, True)
    )
    shown = every.filter(pl.col("line").is_not_null())
    assert shown.height > modal.height
    assert set(modal["prediction_id"]) < set(every["prediction_id"])


def test_only_the_current_batch_is_shown(played_home: Backends) -> None:
    """Rows of another batch of the same day stay in the warehouse, out of sight."""
    before = slate(played_home, Sport.MLB, MLB_DAY).rows
    stored = played_home.warehouse.read(PREDICTIONS, [In("game_day", (MLB_DAY.date,))])
    other = stored.with_columns(pl.lit("another").alias("batch_id"))
    played_home.warehouse.write(PREDICTIONS, other, Stamp("other", NOW))
    assert slate(played_home, Sport.MLB, MLB_DAY).rows.equals(before)


def test_bets_come_first_and_the_shown_price_is_the_better_side() -> None:
    from propcast.pipeline.queries import SlateView

    rows = pl.DataFrame(
        {
            "decision": ["UNDER", "PASS"], "reasons": [[], []], "decision_reasons": [[], ["EV_TOO_SMALL"]],
            "ev_over": [-0.1, 0.02], "ev_under": [0.05, None], "over_price": [120, -110], "under_price": [105, None],
            "over_book": ["a", "b"], "under_book": ["c", None], "stake": [0.01, 0.0],
        },
        schema_overrides={"reasons": pl.List(pl.String)},
    )  # fmt: skip
    view = SlateView(Sport.NBA, NBA_DAY, "0123456789abcdef", rows)
    shown = view.shown().select("best", "ev_pct", "stake_pct", "why").rows()
    assert shown == [("U +105 c", 5.0, 1.0, ""), ("O -110 b", 2.0, 0.0, "EV_TOO_SMALL")]
    assert view.title() == "NBA 2024-12-07 · 2 rows · 1 bets · batch 0123456789ab"


def test_flat_rows_hold_no_lists(played_home: Backends) -> None:
    flat = slate(played_home, Sport.NBA, NBA_DAY).flat()
    assert not [name for name, dtype in flat.schema.items() if isinstance(dtype, pl.List)]
    assert flat["decision_reasons"].str.len_chars().max() > 0  # type: ignore[operator]


def test_another_system_is_shown_when_asked(played_home: Backends) -> None:
    assert set(slate(played_home, Sport.NBA, NBA_DAY, system="similarity").rows["system"]) == {"similarity"}


def test_an_unknown_system_gets_a_suggestion(played_home: Backends) -> None:
    with pytest.raises(InputError, match="did you mean 'similarity'"):
        slate(played_home, Sport.NBA, NBA_DAY, system="similarty")


def test_a_market_of_the_other_sport_is_refused(played_home: Backends) -> None:
    with pytest.raises(InputError, match="a market of mlb"):
        slate(played_home, Sport.NBA, NBA_DAY, market="pitcher_strikeouts")


def test_a_day_without_games_is_an_empty_slate(graded_home: Backends) -> None:
    view = slate(graded_home, Sport.NBA, NO_GAMES)
    assert view.rows.is_empty()
    assert view.title() == f"NBA {NO_GAMES} · no games"
    assert without_games(graded_home, Sport.NBA, NO_GAMES)
    assert not without_games(graded_home, Sport.NBA, NBA_DAY)


def test_an_unpublished_day_says_what_to_run(league_home: Backends) -> None:
    with pytest.raises(NotReady, match=f"run `propcast day --sport nba --date {NBA_DAY}`"):
        slate(league_home, Sport.NBA, NBA_DAY)


def test_an_unpublished_day_says_how_the_last_attempt_ended(league_home: Backends) -> None:
    from propcast.pipeline.steps import Step, StepResult, StepStore, run_step

    def work(store: StepStore) -> StepResult:
        raise NotReady("the quotes are not in")

    with pytest.raises(NotReady):
        run_step(league_home, Step("nba/forecast", (), ()), Sport.NBA, NBA_DAY, work)
    with pytest.raises(NotReady, match="last attempt: nba/forecast not_ready, NotReady: the quotes are not in"):
        require_current(league_home, Sport.NBA, NBA_DAY)
