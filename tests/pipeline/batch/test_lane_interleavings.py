"""Whatever a canary does and whenever it does it, or does not, the slate ends as without it."""

from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from propcast.backends.state import leases
from propcast.core.sport import Sport
from propcast.pipeline.batch import lanes, working
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.samples import lose
from tests.pipeline.batch.conftest import MakePair, Tables
from tests.pipeline.batch.sampled import for_canary, open_lane, sample
from tests.pipeline.batch.slates import Pair
from tests.pipeline.batch.test_interleavings import Protocol, kills, places, remembered

__all__ = ["remembered"]
EXAMPLES, STEPS = 15, 16


class WithCanary(Protocol):
    """The same day, and a rollout beside it whose canary computes, lies, dies, hangs and comes late."""

    lease: leases.Lease | None = None

    @precondition(lambda self: self.lease is None)
    @rule(percent=st.sampled_from([5, 50, 99]))
    def a_stage_begins(self, percent: int) -> None:
        self.lease = open_lane(self.pair, percent)

    @precondition(lambda self: self.lease is not None)
    @rule(tidy=st.booleans())
    def a_stage_ends(self, tidy: bool) -> None:
        assert self.lease is not None
        leases.release(self.pair.backends.state, self.lease)
        self.lease = None
        if tidy:
            self.pair.backends.state.transact(lambda tx: lanes.remove(tx, Sport.MLB))

    @precondition(lambda self: bool(for_canary(self.pair)))
    @rule(place=places, kill=kills, lies=st.booleans())
    def the_canary_works(self, place: int, kill: Failpoint | None, lies: bool) -> None:
        asked = for_canary(self.pair)
        sound = vars(working)["forecast_people"]  # as the fixture has left it

        def lying(*given: object) -> pl.DataFrame:
            rows: pl.DataFrame = sound(*given)
            return rows.with_columns(pl.col("mean") + 0.3) if lies else rows

        with patch.object(working, "forecast_people", lying):
            self.act(lambda: sample(self.pair, asked[place % len(asked)]), kill)

    @precondition(lambda self: bool(for_canary(self.pair)))
    @rule(place=places)
    def its_message_is_given_up(self, place: int) -> None:
        asked = for_canary(self.pair)
        shard_id = asked[place % len(asked)].shard_id
        self.pair.backends.state.transact(lambda tx: lose(tx, shard_id, "8 deliveries"))


@pytest.mark.usefixtures("remembered")
def test_any_interleaving_with_a_canary_ends_where_a_day_without_one_does(
    tables: Tables, undisturbed: Pair, make_pair: MakePair
) -> None:
    later = make_pair()
    later.finish(later.begun(as_of=tables.moved_at))
    run_state_machine_as_test(
        lambda: WithCanary(tables, undisturbed.slate(), later.slate()),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
