"""Answers in data formats: what a page shows, as JSON and CSV."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import polars as pl
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import Response

from propcast.apps.console.panels import Panel, PanelState
from propcast.core.provenance import SIMULATED
from propcast.core.sport import Sport
from propcast.pipeline.plain import plain
from propcast.service.problems import Problem

T = TypeVar("T")

CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""How the OpenAPI document describes an answer in CSV."""

LED_ELSEWHERE: dict[int | str, dict[str, Any]] = {303: {"description": "A browser that is to go elsewhere first."}}
"""How it describes that who has to sign in before, or has done so already, is led on."""

_EXAMPLE_DAY = "2025-10-24"


class Answer(BaseModel):
    """What every answer of the read API says of itself.

    `as_of` is when it was true; `label` is `SIMULATED` when anything in it was made up.
    """

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    as_of: AwareDatetime | None
    is_simulated: bool
    label: str | None = Field(examples=[SIMULATED, None])


class PanelAnswer(BaseModel):
    """One panel; `data` is null while nothing is known, which is not the same as nothing being there."""

    state: PanelState
    as_of: AwareDatetime | None
    sentence: str | None
    data: JsonValue


class TodayAnswer(Answer):
    """Today as data."""

    game_day: str = Field(examples=[_EXAMPLE_DAY])
    panels: dict[str, PanelAnswer]


class SlateAnswer(Answer):
    """A slate as data: `rows` as `propcast slate --json` prints them; null while nothing is published."""

    sport: Sport
    game_day: str = Field(examples=[_EXAMPLE_DAY])
    batch_id: str | None
    state: PanelState
    sentence: str | None
    rows: list[dict[str, JsonValue]] | None


class PredictionAnswer(Answer):
    """Everything behind one prediction, as `propcast explain --json` prints it."""

    prediction: dict[str, JsonValue]
    event: dict[str, JsonValue]
    decision: dict[str, JsonValue]
    features: dict[str, float]
    null_reasons: dict[str, str]
    consensus: dict[str, JsonValue]
    quotes: list[dict[str, JsonValue]]
    model: dict[str, JsonValue]
    grade: dict[str, JsonValue]


def as_json(content: Mapping[str, object], *, is_simulated: bool) -> Response:
    """Send content as JSON, with its label."""
    label = {"is_simulated": is_simulated, "label": SIMULATED if is_simulated else None}
    text = json.dumps(plain({**label, **content}), ensure_ascii=False, allow_nan=False)
    return Response(text.encode(), media_type="application/json")


def as_csv(frame: pl.DataFrame, name: str, *, is_simulated: bool) -> Response:
    """Send a frame as CSV; made-up rows say so in a column of their own and in the file's name."""
    labelled = frame.with_columns(pl.lit(SIMULATED).alias("label")) if is_simulated else frame
    file = f"{f'{SIMULATED}-' if is_simulated else ''}{name}.csv"
    headers = {"content-disposition": f'attachment; filename="{file}"'}
    return Response(harmless(labelled).write_csv().encode(), headers=headers, media_type="text/csv")


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with a quote before texts that a spreadsheet would take for a formula."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    begins = r"^[=+\-@\t\r]"
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(begins)).then(pl.lit("'") + pl.col(name)).otherwise(name).alias(name)
        for name in texts
    )


def require_known(panel: Panel[T]) -> T:
    """Return what a panel knows; knowing nothing is a problem, since an empty file would say that there is nothing.

    409 where there is nothing yet, 403 where the reader may not know, 503 where it could not be read.
    """
    if panel.content is None:
        codes = {PanelState.EMPTY: 409, PanelState.FORBIDDEN: 403}
        raise Problem(codes.get(panel.state, 503), panel.sentence, "unknown")
    return panel.content
