"""Gathers the evidence of a stage: everything since it began, read when its source has caught up."""

from dataclasses import replace
from datetime import datetime

from propcast.delivery.judge.evidence import Evidence
from propcast.delivery.pairs.pairing import Pairs
from propcast.delivery.rollout.means import Beat, Means, Seen
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.traffic import Unproven, patiently
from propcast.delivery.targets.port import Condition, Request, Revision, TargetError

BEFORE_TRAFFIC = 0
"""The first stage: revisions say who they are and replay slates once, before they get any traffic."""


def gather(means: Means, record: Record, beat: Beat) -> Evidence:
    """Return what is known of the stage under way; what cannot be read is missing in it, never made up."""
    plan, since, until = record.plan, record.began_at, record.until
    if since is None or until is None:
        raise Unproven(f"rollout {plan.id} is judged before it was observed")
    canary, baseline = arm(means, record, plan.canary.name), arm(means, record, plan.baseline.name)
    requests = _requests(means, plan.service, since, until, beat)
    fared, also_fared = _condition(means, canary, since), _condition(means, baseline, since)
    ours, theirs = means.arms(Seen(since, until, canary, baseline, requests, fared, also_fared, record.watched))
    replay = means.replay(canary.url, baseline.url) if record.stage == BEFORE_TRAFFIC else None
    pairs = _pairs(means, record, beat)
    ours, theirs = replace(ours, business=pairs.canary), replace(theirs, business=pairs.baseline)
    return Evidence(record.stage, record.window, since, until, plan.monitoring_s, ours, theirs, replay, pairs.awaited)


def arm(means: Means, record: Record, name: str) -> Revision:
    """Return a revision of the rollout as it is; `Unproven` when it is gone."""
    for revision in patiently(means, lambda: means.target.revisions(record.plan.service)):
        if revision.name == name:
            return revision
    raise Unproven(f"revision {name} of {record.plan.service} is gone")


def _requests(means: Means, service: str, since: datetime, until: datetime, beat: Beat) -> list[Request] | None:
    """Return the log of the span; None when it has not caught up in the time that its source may need."""
    waited = 0.0
    while True:
        beat()
        try:
            found = means.target.requests(service, since, until)
        except TargetError:
            found = None
        if found is not None or waited >= means.patience.source_s:
            return None if found is None else list(found)
        means.wait(1.0)
        waited += 1.0


def _pairs(means: Means, record: Record, beat: Beat) -> Pairs:
    """Return what the canary made of its samples; those that it may still end are waited for a while."""
    if means.pairs is None or not record.plan.sampled or record.stage == BEFORE_TRAFFIC:
        return Pairs()
    waited = 0.0
    while True:
        beat()
        found = means.pairs(record.plan)
        if not found.awaited or waited >= means.patience.pairs_s:
            return found
        means.wait(1.0)
        waited += 1.0


def _condition(means: Means, revision: Revision, since: datetime) -> Condition | None:
    try:
        return means.target.condition(revision.service, revision.name, since)
    except TargetError:
        return None
