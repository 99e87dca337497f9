"""Has both arms of a worker repeat the last graded slates; what cannot be asked is no evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate
from propcast.core.sport import Sport
from propcast.delivery.judge.evidence import Replay
from propcast.delivery.replay.asking import SECONDS, Revised, Unanswered
from propcast.delivery.replay.replaying import Arms, replay
from propcast.delivery.replay.slates import actuals, graded_slates
from propcast.service.asking import Headers, authorities
from propcast.service.catalogue import MLB_PREDICTION_WORKER, PREDICTION_WORKER

if TYPE_CHECKING:
    import httpx

FORECASTERS = {PREDICTION_WORKER.name: Sport.NBA, MLB_PREDICTION_WORKER.name: Sport.MLB}


@dataclass(frozen=True)
class Repeating:
    """The slates that the arms of a service can be asked for again."""

    backends: Backends
    service: str
    headers: Headers

    def slates(self) -> list[CurrentSlate]:
        """Return the slates, newest first; none for a service that forecasts nothing."""
        sport = FORECASTERS.get(self.service)
        return graded_slates(self.backends, sport) if sport else []

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
                return replay(arms, slates, partial(actuals, self.backends))
            except Unanswered:
                return None

    def _revised(self, client: "httpx.Client", address: str) -> Revised:
        def shown() -> Mapping[str, str]:
            return self.headers(address)

        return Revised(client, shown)
