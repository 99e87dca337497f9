"""How faults are planted: series that are well, and what they are while something is wrong.

Minutes are those of promtool's own clock. `None` is a series that is not there; a growing series is a counter, whose
figure is what is added each minute; a beating one holds the instant, and stands still while it is broken.
"""

from dataclasses import dataclass

HOUR, DAY = 60, 1440
SERVICES = (
    "admin-dashboard",
    "analytics-processor",
    "mlb-prediction-worker",
    "precompute-processor",
    "prediction-coordinator",
    "prediction-worker",
)


@dataclass(frozen=True)
class Line:
    """One series."""

    series: str
    quiet: float | None
    broken: float | None
    grows: bool = False
    beats: bool = False


@dataclass(frozen=True)
class Fault:
    """One way in which an alert's fault shows.

    Attributes:
        fires: names of the rules that fire.
        lines: what is planted.
        within: minutes until they fire.
        lasts: minutes until it is mended.
        clears: minutes until they are quiet again.
        before: minutes of quiet before.
    """

    fires: tuple[str, ...]
    lines: tuple[Line, ...]
    within: int = 5
    lasts: int = 30
    clears: int = 10
    before: int = HOUR

    @property
    def minutes(self) -> int:
        return self.before + self.lasts + self.clears + 5

    @property
    def pace(self) -> tuple[int, str]:
        """Minutes between two samples, and between two evaluations: a fortnight is not looked at every 15 seconds."""
        if self.minutes <= 4 * HOUR:
            return 1, "15s"
        return (1, "2m") if self.minutes < 2 * DAY else (4, "30m")


def check(name: str, broken: float, service: str = "prediction-worker", critical: str = "true") -> Line:
    return Line(f'propcast_check_status{{service="{service}", check="{name}", critical="{critical}"}}', 2, broken)


def to_start(minutes: float) -> Line:
    return Line('propcast_minutes_to_first_start{sport="nba"}', minutes, minutes)


def counter(series: str, quiet: float, broken: float) -> Line:
    return Line(series, quiet, broken, grows=True)


def builds(silent: str = "") -> tuple[Line, ...]:
    return tuple(
        Line(
            f'propcast_build_info{{service="{name}", revision="1", release="a", config_hash="b"}}',
            1,
            None if name == silent else 1,
        )
        for name in SERVICES
    )


def beats(silent: str, *, gone: bool = False) -> tuple[Line, ...]:
    names = ("outbox", "sweep")
    return tuple(
        Line(
            f'propcast_heartbeat_seconds{{watcher="{name}"}}',
            0,
            None if gone and name == silent else float(name != silent),
            beats=True,
        )
        for name in names
    )


def promises(promise: str, broken: float) -> tuple[Line, ...]:
    return (
        counter(f'propcast_promises_total{{sport="nba", promise="{promise}", kept="true"}}', 0.01, 0.01),
        counter(f'propcast_promises_total{{sport="nba", promise="{promise}", kept="false"}}', 0, broken),
    )


def burns(alert: str, promise: str) -> list[Fault]:
    """A whole slate at once; a game every 20 minutes; one game."""
    all_of_them = (f"{alert}-page-14.4x", f"{alert}-page-6x", f"{alert}-ticket-1x")
    return [
        Fault(all_of_them, promises(promise, 1), within=20, lasts=25, clears=7 * HOUR),
        Fault(all_of_them[1:], promises(promise, 0.05), within=130, lasts=150, clears=7 * HOUR),
        Fault(all_of_them[2:], promises(promise, 0.5), within=10, lasts=2, clears=7 * HOUR),
    ]
