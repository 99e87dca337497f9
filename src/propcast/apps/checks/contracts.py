"""Feature contracts: those of stored features and of registered models are the code's."""

from collections.abc import Sequence
from datetime import timedelta

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Between
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.pipeline.registry import newest
from propcast.pipeline.sports import plan_of
from propcast.service.health.checks import Observe, Observed

LOOKED_BACK = timedelta(days=7)
"""Features of older game days are no longer served."""


def contract_mismatches(backends: Backends, sports: Sequence[Sport], *, with_models: bool) -> Observe:
    """Return an observation that counts contract hashes, of stored features and of models, that are not the code's."""

    def observe() -> Observed:
        found = [told for sport in sports for told in _other_contracts(backends, sport, with_models=with_models)]
        return Observed(len(found), sentence="; ".join(found))

    return observe


def _other_contracts(backends: Backends, sport: Sport, *, with_models: bool) -> list[str]:
    plan, today = plan_of(sport), GameDay.of_instant(backends.clock.now())
    recent = Between("game_day", (today.date - LOOKED_BACK), None)
    stored = backends.warehouse.distinct(plan.features, ["feature_hash"], [recent])["feature_hash"].to_list()
    told = [f"stored features of {sport} have the contract {found}" for found in stored if found != plan.contract.hash]
    if with_models:
        hashes = set(newest(backends, markets_of(sport), today)["feature_hash"])
        told += [f"models of {sport} have the contract {found}" for found in hashes if found != plan.contract.hash]
    return told
