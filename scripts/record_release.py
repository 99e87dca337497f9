"""Records what this release writes: the messages, rows and files of one small slate of the simulated league.

    uv run python scripts/record_release.py

writes `tests/compatibility/recorded/RELEASE.zip`. Run it when a release is made, and keep the file of the one before:
the next release must read all of it (`tests/compatibility`).
"""

import io
import json
import tempfile
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from zipfile import ZIP_DEFLATED

import polars as pl

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.backends.state import leases
from propcast.backends.state.outbox import OUTBOX
from propcast.backends.state.port import Body, Collection
from propcast.backends.state.records import CURRENT_SLATES, EXPECTED_OUTPUTS
from propcast.core.archive import zipped
from propcast.core.clock import FixedClock
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.pipeline.backfill import ensure_analytics, ensure_history, looked_at, run_features
from propcast.pipeline.batch import lanes
from propcast.pipeline.batch.asking import PROTOCOL, Ask
from propcast.pipeline.batch.consolidating import consolidate
from propcast.pipeline.batch.filing import BATCHES, PUBLICATIONS, SHARDS, shards_of
from propcast.pipeline.batch.lanes import LANES, Lane
from propcast.pipeline.batch.openers import OPENERS, be_seen
from propcast.pipeline.batch.planning import start
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.samples import SAMPLES
from propcast.pipeline.batch.sampling import run_sample
from propcast.pipeline.batch.working import run_shard
from propcast.pipeline.day import published
from propcast.pipeline.messages import (
    AboutDay,
    AnalyticsReady,
    FeaturesReady,
    LinesChanged,
    Person,
    PredictionRequest,
    RawReady,
    Topic,
    attributes_of,
    body_of,
)
from propcast.pipeline.simulating import Simulation, simulate
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "compatibility" / "recorded"
SPORT, DAY = Sport.MLB, GameDay.parse("2025-04-20")
NOW = datetime(2025, 4, 20, 15, tzinfo=UTC)
RULES = Rules(shard_size=8, release=metadata.version("propcast"), revision="coordinator-recorded")
COLLECTIONS = (BATCHES, SHARDS, PUBLICATIONS, SAMPLES, LANES, OPENERS, CURRENT_SLATES, EXPECTED_OUTPUTS)
REVISION = "worker-recorded"


def main() -> None:
    """Make the slate in a home of its own and write the file."""
    with tempfile.TemporaryDirectory() as home:
        backends = compose(Settings(home=Path(home)), FixedClock(NOW))
        prepare(backends)
        files = made(backends, Path(home))
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{RULES.release}.zip").write_bytes(zipped(files, ZIP_DEFLATED))


def prepare(backends: Backends) -> None:
    """Have features of the day, and a lane for a canary."""
    simulate(backends, Simulation(DAY, (SPORT,), seasons=1, quoted_days=3, days=12))
    plan, markets = plan_of(SPORT), markets_of(SPORT)
    ensure_analytics(backends, plan, looked_at(plan, (DAY.season(SPORT),)))
    ensure_history(backends, plan, DAY, markets)
    run_features(backends, plan, Span(SPORT, DAY, DAY), markets)
    lease = leases.acquire(backends.state, "rollout/recorded", "record_release", timedelta(hours=1))
    if lease is not None:
        lane = Lane(SPORT, "rollout-recorded", REVISION, 50, lease.resource, lease.token, NOW)
        backends.state.transact(lambda tx: lanes.put(tx, lane))


def made(backends: Backends, home: Path) -> dict[str, bytes]:
    """Plan, work and publish, and return everything that was written on the way."""
    be_seen(backends.state, RULES)
    batch = start(backends, Ask(SPORT, DAY), RULES).batch
    if batch is None:
        raise SystemExit("nobody is to be forecast on that day")
    states = {"planned": documents(backends)}
    work(backends, batch)
    states["worked"] = documents(backends)
    consolidate(backends, batch.batch_id, holder="record_release", rules=RULES)
    states["published"] = documents(backends)
    predictions, decisions = published(backends, SPORT, DAY)
    about = {
        "release": RULES.release,
        "protocol": PROTOCOL,
        "sport": SPORT,
        "game_day": str(DAY),
        "now": NOW.isoformat(),
    }
    return {
        "about.json": text(about),
        "messages.json": text([*sent(backends), *others(batch)]),
        **{f"state/{name}.json": text(found) for name, found in states.items()},
        **{f"objects/{key}": (home / "objects" / key).read_bytes() for key in keys(home / "objects")},
        "predictions.parquet": parquet(predictions),
        "decisions.parquet": parquet(decisions),
    }


def work(backends: Backends, batch: Batch) -> None:
    """Do every shard, and the canary's share of them."""
    for shard in shards_of(backends.state, batch.batch_id):
        request = PredictionRequest(
            sport=batch.sport, game_day=batch.game_day.date, batch_id=batch.batch_id, shard_id=shard.shard_id,
            ordinal=shard.ordinal, participants=len(shard.participants),
        )  # fmt: skip
        run_shard(backends, request, message_key=shard.shard_id, holder="record_release", rules=RULES)
        run_sample(backends, request, revision=REVISION, rules=RULES)


def documents(backends: Backends) -> dict[str, dict[str, Body]]:
    """Return the documents of every collection of the protocol."""
    return {each.name: of(backends, each) for each in COLLECTIONS}


def of(backends: Backends, collection: Collection) -> dict[str, Body]:
    """Return the documents of a collection by key."""
    return {found.key: found.body for found in backends.state.find(collection)}


def sent(backends: Backends) -> list[Body]:
    """Return the messages that the protocol owed to the bus."""
    bodies = of(backends, OUTBOX).values()
    return [{name: body[name] for name in ("topic", "body", "attributes")} for body in bodies]


def others(batch: Batch) -> list[Body]:
    """Return a message of every topic that the protocol takes and others send."""
    day, as_of, count = DAY.date, batch.as_of, batch.n_participants
    who = Person(event_id=next(iter(batch.owed)), participant_id="mlb:1")
    told: list[tuple[Topic, AboutDay]] = [
        (Topic.RAW_READY, RawReady(sport=SPORT, game_day=day, as_of=as_of, tables=("raw_quotes",))),
        (Topic.ANALYTICS_READY, AnalyticsReady(sport=SPORT, game_day=day, as_of=as_of)),
        (Topic.FEATURES_READY, FeaturesReady(sport=SPORT, game_day=day, as_of=as_of, participants=count)),
        (Topic.LINES_CHANGED, LinesChanged(sport=SPORT, game_day=day, as_of=as_of, people=(who,))),
    ]
    return [{"topic": topic, "body": body_of(each), "attributes": {**attributes_of(each)}} for topic, each in told]


def keys(folder: Path) -> list[str]:
    """Return the keys of what the batch has stored."""
    return sorted(str(path.relative_to(folder)) for path in (folder / "batches").rglob("*") if path.is_file())


def text(value: object) -> bytes:
    """Return data as JSON that a person can compare."""
    return json.dumps(value, indent=1, sort_keys=True, default=str).encode()


def parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as a file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
