"""What an earlier release wrote, and two services of today that find it."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from propcast.backends.state.port import Body, Collection
from propcast.backends.state.records import CURRENT_SLATES, EXPECTED_OUTPUTS
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.batch.documents import read
from propcast.pipeline.batch.filing import BATCHES, PUBLICATIONS, SHARDS
from propcast.pipeline.batch.lanes import LANES
from propcast.pipeline.batch.openers import OPENERS
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.samples import SAMPLES
from propcast.pipeline.messages import PredictionRequest
from tests.pipeline.batch.slates import Pair

FOLDER = Path(__file__).parent / "recorded"
FILES = sorted(FOLDER.glob("*.zip"))
COLLECTIONS = {
    each.name: each
    for each in (BATCHES, SHARDS, PUBLICATIONS, SAMPLES, LANES, OPENERS, CURRENT_SLATES, EXPECTED_OUTPUTS)
}


@dataclass(frozen=True)
class Recorded:
    """One release's record."""

    file: Path

    @cached_property
    def content(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.file) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @cached_property
    def about(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.content["about.json"])
        return found

    @property
    def sport(self) -> Sport:
        return Sport(self.about["sport"])

    @property
    def day(self) -> GameDay:
        return GameDay.parse(self.about["game_day"])

    @property
    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.content["messages.json"])
        return found

    def documents(self, state: str) -> dict[str, dict[str, Body]]:
        """Return the documents by collection and key, once the batch was planned, worked on or published."""
        found: dict[str, dict[str, Body]] = json.loads(self.content[f"state/{state}.json"])
        return found

    def requests(self) -> list[PredictionRequest]:
        """Return what the workers were asked, once for each shard."""
        found = {
            each["body"]["shard_id"]: PredictionRequest.model_validate(each["body"])
            for each in self.messages
            if each["topic"] == "prediction-request"
        }
        return list(found.values())

    def rows(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(io.BytesIO(self.content[f"{table}.parquet"]))

    def batch(self) -> Batch:
        (body,) = self.documents("planned")[BATCHES.name].values()
        return read(Batch, body)

    def pair(self, folder: Path) -> Pair:
        """Return services of today at the moment of the record, with the files that were stored then alone."""
        pair = Pair(folder, {}, shard_size=8)
        pair.clock.instant = datetime.fromisoformat(self.about["now"])
        objects: Any = pair.backends.objects
        objects.blobs.update(
            {name.removeprefix("objects/"): blob for name, blob in self.content.items() if name.startswith("objects/")}
        )
        return pair


def put(pair: Pair, documents: Mapping[str, Mapping[str, Body]]) -> None:
    """Let a store hold documents that somebody else has written."""

    def collection(name: str) -> Collection:
        return COLLECTIONS[name]

    for name, found in documents.items():
        for key, body in found.items():
            pair.backends.state.transact(lambda tx, n=name, k=key, b=body: tx.put(collection(n), k, b))  # type: ignore[misc]
