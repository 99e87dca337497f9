"""What is asked of a worker about one participant, and what it answers: nothing of it is written."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from propcast.apps.answers import Answer
from propcast.core.errors import InputError
from propcast.core.gameday import GameDay
from propcast.core.markets import Market, market, markets_of
from propcast.core.sport import Sport
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.messages import Day, Instant
from propcast.pipeline.what_if import Memory, Opinion, Subject
from propcast.service.input import Input
from propcast.service.problems import Problem

MOST_AT_ONCE = 64

Probability = Annotated[float, Field(ge=0, le=1)]
Line = Annotated[float, Field(strict=True, ge=0, le=200, multiple_of=0.5)]  # true is no line
Name = Annotated[str, Field(min_length=1, max_length=200)]


class WhatIf(Input):
    """One participant of a game day: every market and the lines in force, unless told."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"game_day": "2024-12-07", "participant_id": "nba:1629029", "markets": ["points"], "lines": [24.5, 27.5]}
    ]})  # fmt: skip

    game_day: Day
    participant_id: Name
    event_id: Name | None = None
    markets: Annotated[tuple[Name, ...], Field(max_length=16)] = ()
    lines: Annotated[tuple[Line, ...], Field(max_length=64)] = ()
    as_of: Instant | None = None


class WhatIfs(Input):
    """Several at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"questions": [{"game_day": "2025-05-19", "participant_id": "mlb:543037", "lines": [5.5]}]}
    ]})  # fmt: skip

    questions: Annotated[tuple[WhatIf, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class AtLine(Answer):
    """Probabilities at one line, and the decimal odds at which either side is fair."""

    line: float
    p_over: Probability
    p_push: Probability
    p_under: Probability
    fair_over: float | None
    fair_under: float | None


class SystemSays(Answer):
    """What one system says about one market; reasons in place of numbers where it abstains."""

    market: str
    system: str
    model_id: str
    is_champion: bool
    mean: float | None
    sd: float | None
    median: float | None
    reasons: list[str]
    lines: list[AtLine]


class Imagined(Answer):
    """Every system's distribution of what one participant will do; probabilities are not calibrated."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"sport": "nba", "game_day": "2024-12-07", "event_id": "nba:0022400321", "participant_id": "nba:1629029",
         "as_of": None, "opinions": [
            {"market": "points", "system": "ensemble", "model_id": "formula-1", "is_champion": True, "mean": 26.1,
             "sd": 8.2, "median": 26.0, "reasons": [], "lines": [
                {"line": 24.5, "p_over": 0.56, "p_push": 0.0, "p_under": 0.44, "fair_over": 1.79, "fair_under": 2.27}
             ]}
         ]}
    ]})  # fmt: skip

    sport: Sport
    game_day: Day
    event_id: str
    participant_id: str
    as_of: datetime | None
    opinions: list[SystemSays]


def imagine(memory: Memory, sport: Sport, asked: WhatIf) -> Imagined:
    """Answer one question; the problem 404 when nobody of that id is on the slate."""
    markets = chosen(sport, asked.markets)
    minds = memory.minds(GameDay(asked.game_day), asked.as_of)
    subject = minds.subject(asked.participant_id, asked.event_id)
    if subject is None:
        where = f" in {asked.event_id}" if asked.event_id else ""
        raise Problem(404, f"Nobody on the slate of {asked.game_day} has that id{where}.", "unknown_participant")
    return _imagined(sport, asked, subject, minds.ask(subject, markets, asked.lines))


def chosen(sport: Sport, names: tuple[str, ...]) -> tuple[Market, ...]:
    """Return the markets of those names, all of the sport's without any; `InputError` for one that is not."""
    found = tuple(market(name) for name in dict.fromkeys(names)) or markets_of(sport)
    foreign = [each.name for each in found if each.sport is not sport]
    if foreign:
        known = ", ".join(each.name for each in markets_of(sport))
        raise InputError(f"{', '.join(foreign)} is not a market of {sport}; those are {known}")
    return found


def _imagined(sport: Sport, asked: WhatIf, subject: Subject, opinions: list[Opinion]) -> Imagined:
    event_id, participant_id = subject
    return Imagined(
        sport=sport,
        game_day=asked.game_day,
        event_id=event_id,
        participant_id=participant_id,
        as_of=asked.as_of,
        opinions=[_says(each) for each in opinions],
    )


def _says(opinion: Opinion) -> SystemSays:
    return SystemSays(
        market=opinion.market,
        system=opinion.system,
        model_id=opinion.model_id,
        is_champion=opinion.system == CHAMPION,
        mean=opinion.mean,
        sd=opinion.sd,
        median=opinion.median,
        reasons=list(opinion.reasons),
        lines=[
            AtLine(
                line=each.line,
                p_over=each.over,
                p_push=each.push,
                p_under=each.under,
                fair_over=each.fair_over,
                fair_under=each.fair_under,
            )
            for each in opinion.chances
        ],
    )
