"""What both arms are asked of the past: the last graded slates once more, and of workers what they think of people."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate
from propcast.backends.warehouse.port import In
from propcast.core.sport import Sport
from propcast.delivery.judge.evidence import Replay
from propcast.delivery.replay.asking import SECONDS, Revised, Unanswered, forecasts
from propcast.delivery.replay.replaying import Arms, replay_forecasts, replay_tables
from propcast.delivery.replay.slates import actuals, graded_slates
from propcast.delivery.rollout.lane import FORECASTERS
from propcast.delivery.rollout.load import EVERYWHERE, Call
from propcast.pipeline.frames import unpack
from propcast.service.asking import Headers, authorities
from propcast.service.catalogue import ANALYTICS_PROCESSOR, PRECOMPUTE_PROCESSOR
from propcast.tables.forecasts import PREDICTIONS

if TYPE_CHECKING:
    import httpx

PEOPLE = 8
"""So many are asked about in turn: enough to do real work, few enough that all of it stays warm in both arms."""

PROCESSORS = (ANALYTICS_PROCESSOR.name, PRECOMPUTE_PROCESSOR.name)


@dataclass(frozen=True)
class Repeating:
    """The slates that the arms of a service can be asked for again, forecasts or what they were made from."""

    backends: Backends
    service: str
    headers: Headers

    def slates(self) -> list[CurrentSlate]:
        """Return the slates of each sport of the service, newest first; none for a service that writes no tables."""
        sports = tuple(Sport) if self.service in PROCESSORS else filter(None, [FORECASTERS.get(self.service)])
        return [slate for sport in sports for slate in graded_slates(self.backends, sport)]

    def calls(self) -> tuple[Call, ...]:
        """Return what synthetic load asks: a forecaster what it thinks of people on the newest of these slates."""
        slates = self.slates()[:1] if self.service in FORECASTERS else []
        found = [call for slate in slates for call in self._of_people(slate)]
        return tuple(found) or EVERYWHERE

    def replay(self, canary: str, baseline: str) -> Replay | None:
        """Return what both addresses make of the slates; None where there are none, or one cannot be asked."""
        import httpx  # only those who ask pay for it

        slates = self.slates()
        if not slates:
            return None
        client = partial(httpx.Client, verify=authorities(), timeout=SECONDS, trust_env=False)
        with client(base_url=canary) as ours, client(base_url=baseline) as theirs:
            arms = Arms(self._revised(theirs, baseline).baseline, self._revised(ours, canary).canary)
            try:
                if self.service in PROCESSORS:
                    return replay_tables(arms, slates)
                return replay_forecasts(arms, slates, partial(actuals, self.backends))
            except Unanswered:
                return None

    def _of_people(self, slate: CurrentSlate) -> list[Call]:
        where = [In("game_day", (slate.game_day.date,)), In("batch_id", (slate.tag,))]
        rows = self.backends.warehouse.read(PREDICTIONS, where, columns=["event_id", "participant_id"])
        people = rows.unique().sort("event_id", "participant_id").head(PEOPLE)
        return [Call("/predict-now", {"game_day": str(slate.game_day), **person}) for person in people.to_dicts()]

    def _revised(self, client: "httpx.Client", address: str) -> Revised:
        def shown() -> Mapping[str, str]:
            return self.headers(address)

        return Revised(client, shown, read=unpack if self.service in PROCESSORS else forecasts)
