"""Models that answers of several services share."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.backfill import Built
from propcast.pipeline.messages import Day
from propcast.service.input import Input
from propcast.service.problems import from_validation

B = TypeVar("B", bound=BaseModel)

LONGEST_SPAN_DAYS = 366

REPLAY = "/replay"
"""Where a service says once more what it made of a slate."""


class Answer(BaseModel):
    """The base of answers: unchangeable, and nothing beside what is declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StepDone(Answer):
    """What became of one step."""

    step: str
    span: str
    state: str
    rows: Annotated[int, Field(ge=0, description="rows that the step wrote or found unchanged")]
    new: Annotated[int, Field(ge=0, description="of which so many are new")]
    round_trips: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0)]
    note: str = ""


class Processed(Answer):
    """Every step, in order."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"steps": [{"step": "nba/analytics", "span": "2024-25", "state": "done", "rows": 4211, "new": 12,
                    "round_trips": 9, "seconds": 0.21, "note": ""}], "announced": 1}
    ]})  # fmt: skip

    steps: list[StepDone]
    announced: Annotated[int, Field(ge=0, description="messages that were put into the outbox")]


class OneDay(Input):
    """A game day of a sport."""

    sport: Sport
    game_day: Day

    @property
    def day(self) -> GameDay:
        """The game day as its own type."""
        return GameDay(self.game_day)


class OnePublication(OneDay):
    """A slate: of a game day the current publication, or that of a tag."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sport": "nba", "game_day": "2024-12-07"}]})

    publication: Annotated[str, Field(max_length=64, pattern=r"^\w*$")] = ""


def read_body(model: type[B], raw: bytes) -> B:
    """Return the body that a path takes beside pushes; the problem 422 when it does not fit."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise from_validation([{**each, "loc": ("body", *each["loc"])} for each in found]) from error


def processed(built: Sequence[Built], announced: int) -> Processed:
    """Return the answer about steps."""
    return Processed(steps=[_step(each) for each in built], announced=announced)


def _step(built: Built) -> StepDone:
    result = built.result
    return StepDone(
        step=built.step,
        span=built.span,
        state=result.state,
        rows=sum(result.rows.values()),
        new=result.new,
        round_trips=result.round_trips,
        seconds=round(built.seconds, 3),
        note=result.reason,
    )
