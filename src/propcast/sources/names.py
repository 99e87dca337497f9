"""Name resolution (DOMAIN 2.2): ids first, then a key unique among the two rosters, then aliases, else the queue.

Frames:
    appearances: `sport, player_id, name_key, team, observed_at`, one row per game somebody played in; the roster of a
        team as of a time is everyone whose latest appearance known by then was for it.
    mentions: `sport, vendor, vendor_event_id, raw_name, person_id, home, away, known_at`, one row per name to resolve.
"""

import polars as pl

from propcast.core.identity import name_key
from propcast.tables.reference import UNRESOLVED_NAMES

ANY_VENDOR = "*"

_QUESTION = ["sport", "vendor", "vendor_event_id", "raw_name", "home", "away", "known_at"]
_SHOWN_CANDIDATES = 8


def with_name_keys(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add `name_key` of the named column; each distinct spelling is folded once."""
    spellings = frame[name].unique().drop_nulls()
    keys = pl.Series("name_key", [name_key(spelling) for spelling in spellings.to_list()], dtype=pl.String())
    return frame.join(pl.DataFrame({name: spellings, "name_key": keys}), on=name, how="left", maintain_order="left")


def participant(person: pl.Expr) -> pl.Expr:
    """Return `{sport}:{league person id}`, null where the person is unknown."""
    return pl.format("{}:{}", pl.col("sport"), person)


def resolve(mentions: pl.DataFrame, appearances: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """Return the mentions in their order with `participant_id` (null = unresolved), `name_key` and `candidates`.

    First hit wins: the vendor's own id, the name key where exactly one of the event's two rosters' players bears it,
    an alias of the vendor, an alias of any vendor. Candidates are proposals for a person to judge; they decide nothing.
    """
    questions = with_name_keys(mentions.filter(pl.col("person_id").is_null()).select(_QUESTION).unique(), "raw_name")
    people = appearances.select("sport", "player_id", "name_key").unique()
    asked = with_aliases(_from_rosters(questions, people, appearances), aliases)
    answers = _candidates(
        asked.with_columns(pl.coalesce("by_roster", "by_alias").alias("participant_id")), people, appearances
    )
    answered = mentions.join(answers, on=_QUESTION, how="left", nulls_equal=True, maintain_order="left")
    by_id = participant(pl.col("person_id"))
    return answered.with_columns(
        pl.coalesce(pl.when(pl.col("person_id").is_not_null()).then(by_id), "participant_id").alias("participant_id"),
        pl.col("candidates").fill_null([]),
    )


def _from_rosters(questions: pl.DataFrame, people: pl.DataFrame, appearances: pl.DataFrame) -> pl.DataFrame:
    bearers = _on_rosters(questions.join(people, on=["sport", "name_key"]), appearances)
    hits = bearers.group_by(_QUESTION).agg(
        pl.when(pl.col("player_id").n_unique() == 1).then(participant(pl.col("player_id")).first()).alias("by_roster")
    )
    return questions.join(hits, on=_QUESTION, how="left", nulls_equal=True)


def _on_rosters(pairs: pl.DataFrame, appearances: pl.DataFrame) -> pl.DataFrame:
    """Keep (question, player_id) pairs whose player last appeared, as known at `known_at`, for one of the two teams."""
    history = appearances.select("sport", "player_id", "team", "observed_at").sort("observed_at")
    latest = pairs.sort("known_at").join_asof(
        history,
        left_on="known_at",
        right_on="observed_at",
        by=["sport", "player_id"],
        check_sortedness=False,
    )
    return latest.filter((pl.col("team") == pl.col("home")) | (pl.col("team") == pl.col("away")))


def with_aliases(named: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """Add `by_alias` to rows with `sport, vendor, name_key`: the vendor's own alias, else the one for any vendor."""
    known = aliases.select("sport", "vendor", "name_key", "participant_id")
    for_vendor = known.rename({"participant_id": "by_vendor"})
    for_all = known.filter(pl.col("vendor") == ANY_VENDOR).drop("vendor").rename({"participant_id": "by_any"})
    joined = named.join(for_vendor, on=["sport", "vendor", "name_key"], how="left", maintain_order="left")
    joined = joined.join(for_all, on=["sport", "name_key"], how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("by_vendor", "by_any").alias("by_alias")).drop("by_vendor", "by_any")


def _candidates(answers: pl.DataFrame, people: pl.DataFrame, appearances: pl.DataFrame) -> pl.DataFrame:
    """Add whom a person might mean: everyone with that name key, and who is on the rosters and shares a word."""
    open_questions = answers.filter(pl.col("participant_id").is_null())
    namesakes = open_questions.join(people, on=["sport", "name_key"])
    words = _words(open_questions, "raw_name")
    sharing = words.join(people, on="sport", suffix="_bearer").filter(
        pl.col("name_key_bearer").str.contains(pl.col("word"), literal=True)
    )
    both = pl.concat(
        [frame.select(*_QUESTION, "player_id") for frame in (namesakes, _on_rosters(sharing, appearances))]
    )
    proposed = both.group_by(_QUESTION).agg(
        participant(pl.col("player_id")).unique().sort().head(_SHOWN_CANDIDATES).alias("candidates")
    )
    columns = [*_QUESTION, "name_key", "participant_id", "candidates"]
    return answers.join(proposed, on=_QUESTION, how="left", nulls_equal=True).select(columns)


def _words(questions: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return one row per word of at least four letters of each spelling."""
    letters = pl.col(name).str.to_lowercase().str.replace_all(r"[^a-z ]", "").str.split(" ")
    return questions.with_columns(letters.alias("word")).explode("word").filter(pl.col("word").str.len_chars() >= 4)


def queue(unresolved: pl.DataFrame) -> pl.DataFrame:
    """Return `unresolved_names` rows from unresolved mentions that also carry `observed_at` (null = unknown)."""
    return merge_queues(
        unresolved.select(
            "sport",
            "vendor",
            "raw_name",
            "name_key",
            "vendor_event_id",
            "candidates",
            pl.col("observed_at").alias("first_seen"),
            pl.col("observed_at").alias("last_seen"),
            pl.lit(1, pl.Int64()).alias("n_rows"),
            pl.lit("open").alias("status"),
        )
    )


def merge_queues(entries: pl.DataFrame) -> pl.DataFrame:
    """Fold entries about the same spelling at the same event into one `unresolved_names` row."""
    folded = entries.group_by("sport", "vendor", "raw_name", "vendor_event_id").agg(
        pl.col("name_key").first(),
        pl.col("candidates").explode().drop_nulls().unique().sort(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
        pl.col("n_rows").sum(),
        pl.col("status").first(),
    )
    return UNRESOLVED_NAMES.conform(folded)
