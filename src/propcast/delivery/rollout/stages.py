"""The steps of one stage; each can be done again, and none decides what comes next."""

from collections.abc import Callable

from propcast.backends.state.releases import record_release
from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.rollout import decisions
from propcast.delivery.rollout.gathering import BEFORE_TRAFFIC, arm, gather
from propcast.delivery.rollout.means import Beat, Inspection, Means
from propcast.delivery.rollout.plan import Plan
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.states import UNASKED, Said, Watched
from propcast.delivery.rollout.traffic import Unproven, is_at, patiently
from propcast.delivery.targets.port import Revision, Wanted, Weights
from propcast.service import catalogue


def stage_arms(means: Means, plan: Plan, beat: Beat) -> None:
    """Start both arms without traffic, the canary last: the newest revision is the one that is to be promoted."""
    for wanted in (plan.baseline, plan.canary):
        stage(means, plan.environment, wanted)
        beat()


def stage(means: Means, environment: str, wanted: Wanted, *, create: bool = False) -> Revision:
    """Put the configuration of a revision on record and start it without traffic."""
    if environment != "local":  # on one machine starting it is deploying it: it does this itself
        config = catalogue.service(wanted.service).told(wanted.env)
        record_release(means.state, wanted.service, wanted.name, config)
    return patiently(means, lambda: means.target.stage(wanted, create=create))


def bring_again(means: Means, plan: Plan) -> None:
    """Start what a rollback goes to where it is gone; one that is still warm is all that is needed."""
    known = [revision.name for revision in patiently(means, lambda: means.target.revisions(plan.service))]
    if plan.again is not None and plan.again.name not in known:
        stage(means, plan.environment, plan.again)


def verify(means: Means, record: Record) -> Said:
    """Return once the traffic is as intended, with who the canary says it is.

    Before there is any traffic both arms must have said who and how they are.
    """
    if not is_at(means, record.plan.service, record.weights):
        raise Unproven("the traffic is not as intended when it is read back")
    if record.stage != BEFORE_TRAFFIC:
        return UNASKED
    found = [_fit(means, record, wanted) for wanted in (record.plan.baseline, record.plan.canary)]
    return found[-1].said


def inspected(means: Means, wanted: Wanted, revision: Callable[[], Revision]) -> Inspection:
    """Return what a revision says of itself; one that is not fit is asked again, as it may still open its stores."""
    found = means.inspect(wanted, revision())
    for pause in means.patience.opening_s:
        if not found.troubles:
            break
        means.wait(pause)
        found = means.inspect(wanted, revision())
    return found


def _fit(means: Means, record: Record, wanted: Wanted) -> Inspection:
    found = inspected(means, wanted, lambda: arm(means, record, wanted.name))
    if found.troubles:
        raise Unproven(f"{wanted.name} ({wanted.tag}) is not fit for traffic: {'; '.join(found.troubles)}")
    return found


def observe(means: Means, record: Record, beat: Beat) -> Watched:
    """Watch both arms for one window and return what was seen."""
    plan = record.plan
    canary, baseline = arm(means, record, plan.canary.name), arm(means, record, plan.baseline.name)
    return means.watch(canary, baseline, plan.monitoring_s, plan.synthetic_rate, beat)


def judge(means: Means, record: Record, beat: Beat) -> Record:
    """Judge the stage so far, write its decision record, and return the rollout with the verdict."""
    if not is_at(means, record.plan.service, record.weights):
        raise Unproven("the traffic was moved by somebody else while it was observed")
    evidence = gather(means, record, beat)
    judgement = means.judge(evidence, record.plan.limits_at(record.stage))
    file = decisions.file_of(means.folder, record)
    told = record.judged(judgement.verdict, f"{means.folder.name}/{record.plan.id}/{file.name}")
    decisions.write(file, record, evidence, judgement, means.clock.now(), _then(told))
    return told


def decided(record: Record) -> Record | None:
    """Return what a verdict leads to; None for the promotion."""
    verdict = record.windows[-1].verdict
    if verdict is Verdict.FAIL:
        return record.backwards(f"stage {record.windows[-1].percent} % failed in window {record.window}")
    if verdict is Verdict.INCONCLUSIVE:
        if record.window < record.last_window:
            return record.another_window()
        return record.paused(f"stage {record.windows[-1].percent} % is not decided after window {record.window}")
    last = record.stage == len(record.plan.stages) - 1
    return None if last else record.at_stage(record.stage + 1)


def _then(record: Record) -> Weights:
    return (decided(record) or record).weights
