"""What needs somebody: the cause and not its consequences, the worst first, with the command that helps."""

from datetime import UTC, datetime

import pytest

from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.concerns import Concern, Severity, of_funnel, worst_first
from propcast.pipeline.funnel import Funnel, GameFunnel
from propcast.pipeline.standing import STAGES, Stage, StageState

DAY = GameDay.parse("2025-10-24")
NOW = datetime(2025, 10, 24, 22, tzinfo=UTC)


def game(name: str, **stages: StageState) -> GameFunnel:
    made = tuple(Stage(each, stages.get(each, StageState.DONE), 1, 2, "1 of 2 missing") for each in STAGES)
    return GameFunnel(name, name, NOW, "scheduled", made)


def funnel(*games: GameFunnel) -> Funnel:
    return Funnel(Sport.NBA, DAY, NOW, None, games)


def test_games_that_are_in_order_or_in_time_are_no_concern() -> None:
    waiting = game("A@B", graded=StageState.WAITING, lines=StageState.EMPTY, published=StageState.NOT_RUN)
    assert of_funnel(funnel(waiting)) == []


def test_only_the_first_bad_stage_of_a_game_is_named() -> None:
    late = game("A@B", features=StageState.LATE, forecasts=StageState.LATE, published=StageState.LATE)
    (concern,) = of_funnel(funnel(late, game("C@D")))
    assert concern.what == "NBA 2025-10-24: features of 1 of 2 games (A@B) are missing"
    assert (concern.severity, concern.remedy) == (Severity.SLATE, "propcast day --sport nba --date 2025-10-24")


def test_games_that_stand_at_the_same_stage_are_one_concern() -> None:
    games = [game(f"{n}@X", forecasts=StageState.LATE) for n in range(5)]
    (concern,) = of_funnel(funnel(*games))
    assert concern.what == "NBA 2025-10-24: forecasts of 5 of 5 games (0@X, 1@X, 2@X, …) are missing"


def test_grades_that_are_owed_ask_for_grading() -> None:
    (late,) = of_funnel(funnel(game("A@B", graded=StageState.LATE)))
    assert late.what == "NBA 2025-10-24: 1 of 1 games (A@B) is not graded"
    assert (late.severity, late.remedy) == (Severity.GAP, "propcast grade --sport nba --date 2025-10-24")
    (partial,) = of_funnel(funnel(game("A@B", graded=StageState.PARTIAL)))
    assert partial.what == "NBA 2025-10-24: grades of 1 of 1 games (A@B) are incomplete: 1 of 2 missing"


@pytest.mark.parametrize(
    ("state", "severity"), [(StageState.FAILED, Severity.SLATE), (StageState.PARTIAL, Severity.GAP)]
)
def test_a_game_without_forecasts_is_worse_than_an_incomplete_one(state: StageState, severity: Severity) -> None:
    (concern,) = of_funnel(funnel(game("A@B", published=state)))
    assert concern.severity is severity


def test_the_worst_comes_first_and_equals_keep_their_order() -> None:
    told = [Concern(Severity.GAP, "a"), Concern(Severity.SLATE, "b"), Concern(Severity.GAP, "c"),
            Concern(Severity.SERVICE, "d")]  # fmt: skip
    assert [concern.what for concern in worst_first(told)] == ["b", "d", "a", "c"]


def test_a_sentence_has_the_remedy_where_there_is_one() -> None:
    assert Concern(Severity.GAP, "it is late", "propcast grade").sentence() == "it is late; see `propcast grade`"
    assert Concern(Severity.GAP, "it is late").sentence() == "it is late"
