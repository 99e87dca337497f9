"""The replayed slates: equal, or as different as the release declares."""

from propcast.delivery.judge.change import judge_change
from propcast.delivery.judge.evidence import Criterion, Difference, Evidence, Limits, Replay, Verdict

NAME = "replay"
_TOLD = 3


def judge_replay(evidence: Evidence, limits: Limits) -> list[Criterion]:
    """Judge what both revisions say of the same slates; none where none were replayed and none were asked for."""
    replay = evidence.replay
    if replay is None and NAME not in limits.asked:
        return []
    if replay is None or not replay.rows:
        return [Criterion(NAME, Verdict.INCONCLUSIVE, None, None, 0.0, "no graded slate was replayed")]
    judged = [_judge_rows(replay, allowed=limits.forecast_change)]
    has_figures = replay.vanished is None
    return judged + (judge_change(NAME, replay) if limits.forecast_change and has_figures else [])


def _judge_rows(replay: Replay, *, allowed: bool) -> Criterion:
    """Every row must be there on both sides; other values may differ only where that is allowed, but not vanish."""
    wrong = replay.missing + ((replay.vanished or 0) if allowed else replay.differing)
    told = f"{replay.rows} rows of {replay.slates} slates: {replay.missing} missing, {replay.differing} values differ"
    told += f", {replay.vanished} of them gone" if replay.vanished else ""
    if wrong:
        told += "".join(f"; {_told(each)}" for each in replay.differences[:_TOLD])
    return Criterion(NAME, Verdict.FAIL if wrong else Verdict.PASS, float(wrong), None, 0.0, told)


def _told(one: Difference) -> str:
    return f"{one.table} {one.key} {one.column}: {one.baseline} became {one.canary}"
