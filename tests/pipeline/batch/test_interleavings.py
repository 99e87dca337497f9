"""Whatever happens in whatever order, and whoever dies over it, the slate ends as its batches say, and never wrong."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from propcast.backends.warehouse.port import In
from propcast.core.decisions import decide
from propcast.core.errors import NotReady, StoreConflict
from propcast.pipeline.batch import planning, superseding, working
from propcast.pipeline.batch.asking import prepare
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import batches_where
from propcast.pipeline.batch.forecasting import forecast_people
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.states import Scope
from propcast.pipeline.batch.superseding import cancel, redrive
from propcast.tables.forecasts import PREDICTIONS
from tests.pipeline.batch.conftest import MakePair, Tables
from tests.pipeline.batch.slates import Killed, Pair, Slate

EXAMPLES, STEPS = 25, 14
MOST_SECONDS = 1_300
ROUNDS = 6

kills = st.none() | st.sampled_from(Failpoint)
places = st.integers(0, 20)


class Protocol(RuleBasedStateMachine):
    """A day of messages, deaths, sweeps and operators in any order."""

    def __init__(self, tables: Tables, early: Slate, late: Slate) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="propcast-"))
        self.pair = Pair(self.folder, tables.after)
        self.tables, self.early, self.late = tables, early, late
        self.people = sorted(early.people())
        self.seconds = 0
        self.seen: dict[str, Slate] = {}
        self.last: Slate | None = None

    def act(self, action: Callable[[], object], kill: Failpoint | None = None) -> None:
        """Do something; the process may die over it, lose against another, or be too early."""
        self.pair.killer.at = kill
        try:
            action()
        except (Killed, StoreConflict, NotReady):
            pass
        finally:
            self.pair.killer.at = None

    @rule(kill=kills)
    def start(self, kill: Failpoint | None) -> None:
        self.act(self.pair.start, kill)

    @precondition(lambda self: self.pair.requests())
    @rule(place=places, kill=kills)
    def deliver_a_request_again_or_for_the_first_time(self, place: int, kill: Failpoint | None) -> None:
        requests = self.pair.requests()
        self.act(lambda: self.pair.work(requests[place % len(requests)]), kill)

    @precondition(lambda self: self.pair.readies())
    @rule(place=places, kill=kills)
    def deliver_a_result_again_or_for_the_first_time(self, place: int, kill: Failpoint | None) -> None:
        readies = self.pair.readies()
        self.act(lambda: self.pair.complete(readies[place % len(readies)]), kill)

    @rule(kill=kills)
    def sweep(self, kill: Failpoint | None) -> None:
        self.act(self.pair.sweep, kill)

    @rule(seconds=st.sampled_from([20, 61, 121, 900]))
    def pass_time(self, seconds: int) -> None:
        if self.seconds + seconds <= MOST_SECONDS:
            self.seconds += seconds
            self.pair.pass_time(seconds=seconds)

    @rule(place=places, kill=kills)
    def news_of_somebody(self, place: int, kill: Failpoint | None) -> None:
        who = self.people[place % len(self.people)]
        self.act(lambda: self.pair.supersede(who, as_of=self.tables.moved_at), kill)

    @precondition(lambda self: self.batches())
    @rule(place=places, again=st.booleans())
    def an_operator(self, place: int, again: bool) -> None:
        batch = self.batches()[place % len(self.batches())]
        backends = self.pair.backends
        if again:
            self.act(lambda: redrive(backends, batch.batch_id, by="ann", rules=self.pair.rules))
        else:
            self.act(lambda: cancel(backends, batch.batch_id, by="ann", reason="test"))

    @invariant()
    def readers_see_whole_slates_only(self) -> None:
        slate = self.pair.slate()
        assert slate.predictions["prediction_id"].equals(slate.decisions["prediction_id"])
        assert slate.predictions["prediction_id"].is_unique().all()
        assert self.seen.setdefault(slate.tag, slate).same_as(slate)
        if self.last is not None:
            assert slate.people() >= self.last.people()
        self.last = slate

    def teardown(self) -> None:
        try:
            self.heal()
            self.readers_see_whole_slates_only()
            self.require_what_the_batches_say()
        finally:
            shutil.rmtree(self.folder)

    def heal(self) -> None:
        """From now on everything arrives and nobody dies."""
        for _ in range(ROUNDS):
            self.pair.dispatcher.dispatch()
            for request in self.pair.requests():
                self.act(lambda each=request: self.pair.work(each))  # type: ignore[misc]
            self.pair.sweep()
            if not any(batch.is_open for batch in self.batches()):
                return
            self.pair.pass_time(seconds=61)
        raise AssertionError(f"still open: {[batch for batch in self.batches() if batch.is_open]}")

    def require_what_the_batches_say(self) -> None:
        early, late = set[tuple[str, str]](), set[tuple[str, str]]()
        for batch in self.batches():
            (late if batch.scope is Scope.PEOPLE else early).update(self.published_by(batch))
        rows = pl.concat([of(self.early, early - late), of(self.late, late)]).sort("prediction_id")
        slate = self.pair.slate()
        assert slate.predictions.drop("data_version").equals(rows.drop("data_version"))
        decided = decide(slate.predictions.with_columns(pl.lit("any").alias("batch_id"))).drop("batch_id")
        assert decided.sort("prediction_id").equals(slate.decisions)

    def published_by(self, batch: Batch) -> set[tuple[str, str]]:
        """Everybody of a batch that ran its course; of one that was cut short, whom it has published."""
        everybody = {(p.event_id, p.participant_id) for s in self.pair.shards(batch) for p in s.participants}
        if not batch.note.startswith("cancelled"):
            assert batch.n_missing == 0
            return everybody
        if not batch.publications:
            return set()
        rows = self.pair.warehouse.read(PREDICTIONS, [In("batch_id", (batch.publication,))])
        own = rows.filter(pl.col("data_version") == batch.data_version)
        return set(own.select("event_id", "participant_id").iter_rows())

    def batches(self) -> list[Batch]:
        return batches_where(self.pair.backends.state, [])


def of(slate: Slate, people: set[tuple[str, str]]) -> pl.DataFrame:
    """The rows of some people."""
    who = pl.struct("event_id", "participant_id")
    wanted = [{"event_id": event, "participant_id": person} for event, person in people]
    return slate.predictions.filter(who.is_in(wanted)) if wanted else slate.predictions.clear()


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute every slate and shard once: the same inputs give the same rows, and here only the protocol varies."""
    prepared = remembering(prepare, lambda _, store, ask: ask)
    monkeypatch.setattr(planning, "prepare", prepared)
    monkeypatch.setattr(superseding, "prepare", prepared)
    by_shard = remembering(forecast_people, lambda slate, *rest: (rest[-1], tuple(slate.contexts.rows())))
    monkeypatch.setattr(working, "forecast_people", by_shard)


def remembering(work: Callable[..., object], key_of: Callable[..., object]) -> Callable[..., object]:
    known: dict[object, object] = {}

    def remembered(*given: object) -> object:
        key = key_of(*given)
        if key not in known:
            known[key] = work(*given)
        return known[key]

    return remembered


@pytest.mark.usefixtures("remembered")
@pytest.mark.proves("B2", "B4", "B8", "B9", "L24", "L25", "L26", "L27", "L28")
def test_any_interleaving_ends_where_an_undisturbed_day_ends(
    tables: Tables, undisturbed: Pair, make_pair: MakePair
) -> None:
    later = make_pair()
    later.finish(later.begun(as_of=tables.moved_at))
    run_state_machine_as_test(
        lambda: Protocol(tables, undisturbed.slate(), later.slate()),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
