"""Puts together what drift reads, for the site of an environment."""

import asyncio
from functools import partial

from propcast.delivery.drift.reality import Reality
from propcast.delivery.ground import here
from propcast.delivery.rollout import known
from propcast.delivery.rollout.composing import Site
from propcast.delivery.rollout.ledger import standing
from propcast.delivery.rollout.live import PATH
from propcast.delivery.rollout.pins import pins
from propcast.service.asking import Question, ask
from propcast.service.health.body import HealthBody


def reality_of(site: Site) -> Reality:
    """Return an environment as it is and as it is on record."""
    laid, state = site.declared.laid, site.backends.state
    return Reality(
        ground=here(laid, site.platform.url, site.backends, site.platform.target),
        target=site.platform.target,
        standing=partial(standing, state, laid.name),
        under_way=lambda service: bool(known.under_way(state, laid.name, service)),
        pinned=partial(pins, state, laid.name),
        answer=partial(answer, site),
        now=state.now(),
        deployed=getattr(site.platform.target, "deployed", None),
    )


def answer(site: Site, service: str) -> HealthBody | None:
    """Return what the live address of a service says of itself; None where that cannot be understood."""
    (told,) = asyncio.run(ask([Question(service, site.platform.url(service), PATH)], site.headers(service)))
    return None if told.trouble else told.body
