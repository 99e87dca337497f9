"""`propcast smoke`: the six services at a glance, and an exit code that only undeclared failures decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from propcast.service import catalogue
from propcast.service.asking import DEEP_CLOUD_S, DEEP_S, Answer, Headers, Question, ask, nobody
from propcast.service.expectations import Expectations
from propcast.service.verdict import Overall, Verdict, judge

PATHS = ("/health", "/ready")
DEEP = "/health/deep"
_STYLES = {Overall.PASS: "green", Overall.WARN: "yellow", Overall.EXPECTED: "yellow"}


@dataclass(frozen=True)
class Row:
    """One service: its answers by path, and the verdict on them."""

    service: str
    answers: Mapping[str, Answer]
    verdict: Verdict

    def code(self, path: str) -> str:
        """Return the HTTP status of a path, or a dash where nothing came."""
        answer = self.answers[path]
        return str(answer.code) if answer.code is not None else "–"

    def counts(self) -> tuple[int, int, int] | None:
        """Return passed, warned and failed of the deepest body that came."""
        for path in (DEEP, "/ready"):
            body = self.answers[path].body if path in self.answers else None
            if body is not None:
                return body.checks_passed, body.checks_warned, body.checks_failed
        return None

    def plain(self) -> dict[str, object]:
        """Return the row as `--json` prints it: bodies and verdict."""
        paths = {
            path: {
                "code": answer.code,
                "trouble": answer.trouble,
                "body": answer.body.model_dump(mode="json") if answer.body else None,
            }
            for path, answer in self.answers.items()
        }
        told = {"overall": str(self.verdict.overall), "notes": list(self.verdict.notes), "until": self.verdict.until}
        return {"service": self.service, "paths": paths, **told}


@dataclass(frozen=True)
class Matrix:
    """All services that were asked."""

    environment: str
    asked_at: datetime
    deep: bool
    rows: tuple[Row, ...]

    @property
    def undeclared(self) -> int:
        """How many services fail or are silent without a declaration."""
        return sum(row.verdict.overall.undeclared for row in self.rows)

    @property
    def expected(self) -> int:
        """How many fail as declared."""
        return sum(row.verdict.overall is Overall.EXPECTED for row in self.rows)

    @property
    def refused(self) -> bool:
        """Whether a deep check was asked for and we were not let in: then nothing is known, good or bad."""
        return any(row.answers[DEEP].code in (401, 403) for row in self.rows if DEEP in row.answers)

    @property
    def exit_code(self) -> int:
        """0: nothing undeclared; 1: something; 3: the check itself could not run."""
        if self.refused or not self.rows:
            return 3
        return 1 if self.undeclared else 0

    def plain(self) -> dict[str, object]:
        """Return the matrix as `--json` prints it."""
        return {
            "environment": self.environment,
            "asked_at": self.asked_at.isoformat(),
            "deep": self.deep,
            "undeclared": self.undeclared,
            "expected": self.expected,
            "exit_code": self.exit_code,
            "services": [row.plain() for row in self.rows],
        }


async def take_matrix(
    addresses: Mapping[str, str],
    expectations: Expectations,
    asked_at: datetime,
    *,
    services: Sequence[str] = (),
    deep: bool = False,
    headers: Headers = nobody,
) -> Matrix:
    """Ask services (all unless some are named) at once and judge the answers.

    `headers` gives the credential for an address; deep checks need one. They come after the shallow paths, whose
    answers their work would delay.
    """
    entries = [catalogue.service(name) for name in services] or list(catalogue.SERVICES)
    shallow = [Question(entry.name, addresses[entry.name], path) for entry in entries for path in PATHS]
    seconds = DEEP_S.get(expectations.environment, DEEP_CLOUD_S)
    deeper = [Question(entry.name, addresses[entry.name], DEEP, seconds) for entry in entries if deep]
    answers = [answer for asked in (shallow, deeper) if asked for answer in await ask(asked, headers)]
    return Matrix(
        expectations.environment,
        asked_at,
        deep,
        tuple(
            _row(entry.name, [a for a in answers if a.question.service == entry.name], expectations)
            for entry in entries
        ),
    )


def _row(service: str, answers: Sequence[Answer], expectations: Expectations) -> Row:
    by_path = {answer.question.path: answer for answer in answers}
    return Row(service, by_path, judge(service, answers, expectations))


def render(matrix: Matrix, console: Console) -> None:
    """Print the matrix for people."""
    table = Table(box=None, pad_edge=False)
    for title in ("SERVICE", "/health", "/ready", "PASSED", "WARNED", "FAILED", "OVERALL"):
        table.add_column(title, justify="left" if title in ("SERVICE", "OVERALL") else "right")
    for row in matrix.rows:
        counts = [str(number) for number in row.counts() or ()] or ["–"] * 3
        name = catalogue.service(row.service).shown_name
        table.add_row(name, row.code("/health"), row.code("/ready"), *counts, _said(row.verdict))
    releases = sorted({a.body.release_id for row in matrix.rows for a in row.answers.values() if a.body})
    console.print(
        f"{matrix.environment} · release {', '.join(releases) or '?'} · {matrix.asked_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    console.print(table)
    failures = f"{matrix.undeclared} undeclared failure{'' if matrix.undeclared == 1 else 's'}"
    console.print(f"{failures}, {matrix.expected} expected. Exit {matrix.exit_code}.{_further(matrix)}")


def _said(verdict: Verdict) -> Text:
    style = _STYLES.get(verdict.overall, "bold red")
    if verdict.overall is Overall.EXPECTED:
        return Text(f"fail (expected until {verdict.until})", style)
    word = verdict.overall.upper() if verdict.overall.undeclared else str(verdict.overall)
    return Text(f"{word}   {'; '.join(verdict.notes)}".rstrip(), style)


def _further(matrix: Matrix) -> str:
    if matrix.refused:
        return "   A deep check needs a credential; nothing was judged."
    worst = next((row.service for row in matrix.rows if row.verdict.overall.undeclared), None)
    return f"   Details: propcast smoke --service {worst} --deep" if worst else ""
