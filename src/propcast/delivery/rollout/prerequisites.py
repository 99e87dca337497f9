"""Whether an environment has what a service needs: a report that is looked at before every rollout, and grows old."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from propcast.backends.state.port import Body, Collection, Reader, State, Where
from propcast.core.instants import instant_of, text_of
from propcast.delivery.rollout.plan import Refused

REPORTS = Collection("prerequisite_reports", ("environment", "at"))
GOOD_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Report:
    """What was found; `missing` has a sentence for each thing that is not there, by service."""

    environment: str
    at: datetime
    missing: dict[str, list[str]]

    def plain(self) -> dict[str, object]:
        """Return it as a ledger row keeps it."""
        return {"environment": self.environment, "at": text_of(self.at), "missing": self.missing}


def put_report(state: State, environment: str, missing: dict[str, list[str]]) -> None:
    """Put a report on record."""
    told: Body = {"environment": environment, "missing": {name: [*each] for name, each in missing.items()}}
    state.transact(lambda tx: tx.insert(REPORTS, tx.order(), {**told, "at": text_of(tx.now)}))


def require(reader: Reader, environment: str, service: str, now: datetime) -> dict[str, object]:
    """Return the report that allows a rollout; `Refused` with what is missing. One machine needs none."""
    if environment == "local":
        return {}
    found = reader.find(REPORTS, [Where("environment", "==", environment)], order_by="at", descending=True, limit=1)
    again = f"run `propcast prerequisites --environment {environment}`"
    if not found:
        raise Refused(f"the prerequisites of {environment} were never looked at; {again}")
    row: dict[str, Any] = found[0].body
    report = Report(environment, instant_of(row["at"]), row["missing"])
    if now - report.at > GOOD_FOR:
        raise Refused(f"the prerequisites of {environment} were looked at {report.at:%Y-%m-%d %H:%M} UTC; {again}")
    if missing := report.missing.get(service):
        raise Refused(f"{service} lacks in {environment}: {'; '.join(missing)}")
    return report.plain()
