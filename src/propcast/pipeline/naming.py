"""Names that no rule resolved: who waits, and what a person's answer brings back."""

from dataclasses import dataclass

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Condition, In, Stamp
from propcast.core.errors import InputError, did_you_mean
from propcast.core.identity import name_key, short_hash
from propcast.core.sport import Sport
from propcast.pipeline.importing import ReplayReport, replay_names
from propcast.tables.reference import PLAYER_ALIASES, REF_PLAYERS, UNRESOLVED_NAMES

ANY_VENDOR = "*"


@dataclass(frozen=True)
class Resolved:
    """One name that now has an owner, and the rows that its alias brought back from quarantine."""

    sport: Sport
    raw_name: str
    vendor: str
    participant_id: str
    full_name: str
    replay: ReplayReport


def waiting_names(backends: Backends, sport: Sport | None = None) -> pl.DataFrame:
    """Return the open names, most rows first: sport, vendor, raw_name, rows, events, candidates (id and name)."""
    where: list[Condition] = [In("status", ("open",))]
    if sport is not None:
        where.append(In("sport", (sport,)))
    rows = backends.warehouse.read(UNRESOLVED_NAMES, where)
    name = ["sport", "vendor", "raw_name"]
    waiting = rows.group_by(name).agg(
        pl.col("n_rows").sum().alias("rows"), pl.col("vendor_event_id").n_unique().alias("events")
    )
    candidates = _candidates(backends, rows.select(*name, "candidates")).group_by(name).agg("candidates")
    joined = waiting.join(candidates, on=name, how="left")
    return joined.sort("rows", "sport", "raw_name", "vendor", descending=[True, False, False, False])


def _candidates(backends: Backends, rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per name and candidate, written as `nba:203507 Giannis Antetokounmpo`."""
    people = backends.warehouse.read(REF_PLAYERS, columns=["participant_id", "full_name"])
    asked = rows.explode("candidates").drop_nulls("candidates").unique()
    named = asked.join(people, left_on="candidates", right_on="participant_id", how="left")
    shown = pl.concat_str("candidates", "full_name", separator=" ", ignore_nulls=True)
    return named.with_columns(shown.alias("candidates")).sort("candidates")


def resolve_name(
    backends: Backends, sport: Sport, raw_name: str, participant_id: str, vendor: str = ANY_VENDOR, by: str = "cli"
) -> Resolved:
    """Say who a name is: store the alias, then write the rows that waited for it.

    Raises:
        InputError: nobody has that id, or no open name is spelled like that.
    """
    full_name = _person(backends, sport, participant_id)
    _require_waiting(backends, sport, raw_name)
    now = backends.clock.now()
    alias = {
        "sport": sport.value,
        "vendor": vendor,
        "name_key": name_key(raw_name),
        "participant_id": participant_id,
        "added_by": by,
        "added_at": now,
    }
    frame = PLAYER_ALIASES.conform(pl.DataFrame([alias]))
    backends.warehouse.write(PLAYER_ALIASES, frame, Stamp(f"alias-{short_hash(sport, raw_name, now, length=12)}", now))
    replay = replay_names(backends.warehouse, backends.clock)
    return Resolved(sport, raw_name, vendor, participant_id, full_name, replay)


def _person(backends: Backends, sport: Sport, participant_id: str) -> str:
    known = backends.warehouse.read(REF_PLAYERS, [In("participant_id", (participant_id,)), In("sport", (sport,))])
    if known.is_empty():
        raise InputError(f"nobody of {sport} has the id {participant_id!r}; ids look like {sport}:1628976")
    name: str = known["full_name"][0]
    return name


def _require_waiting(backends: Backends, sport: Sport, raw_name: str) -> None:
    names = waiting_names(backends, sport)["raw_name"].to_list()
    if raw_name not in names:
        hint = did_you_mean(raw_name, names) if names else "; no name is waiting"
        raise InputError(f"no open name of {sport} is spelled {raw_name!r}{hint}")
