"""How expressions name what they are about: declared metrics alone, with labels that they have."""

from dataclasses import dataclass

from propcast.core.errors import InputError
from propcast.service.telemetry.declared import Metric

_OPERATORS = ("=~", "!~", "!=")
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def series(metric: Metric, part: str = "", **labels: str) -> str:
    """Return a selector; a label's text may begin with `=~`, `!~` or `!=`. `part` is `bucket`, `count` or `sum`."""
    unknown = [name for name in labels if name not in metric.labels]
    if unknown:
        raise InputError(f"{metric.name} has the labels {', '.join(metric.labels)}, not {', '.join(unknown)}")
    if bool(part) != (metric.kind == "histogram"):
        raise InputError(f"{metric.name} is a {metric.kind}; of a histogram, and of nothing else, a part is named")
    name = f"{metric.name}_{part}" if part else metric.name
    return f"{name}{{{', '.join(_matcher(label, text) for label, text in labels.items())}}}" if labels else name


def _matcher(label: str, text: str) -> str:
    operator = next((each for each in _OPERATORS if text.startswith(each)), "=")
    return f'{label}{operator}"{text.removeprefix(operator) if operator != "=" else text}"'


@dataclass(frozen=True)
class Scale:
    """Divides every duration, so that a test need not wait for days.

    Attributes:
        divisor: 1 outside of tests.
        least_s: no duration becomes shorter, for nothing is looked at more often.
    """

    divisor: float = 1.0
    least_s: float = 1.0

    def span(self, text: str) -> str:
        """Return a duration such as `5m` as Prometheus writes it."""
        milliseconds = round(self.seconds(text) * 1000)
        if not milliseconds:
            return "0s"
        for unit, seconds in _UNITS:
            if milliseconds % (seconds * 1000) == 0:
                return f"{milliseconds // (seconds * 1000)}{unit}"
        return f"{milliseconds}ms"

    def seconds(self, text: str) -> float:
        """Return the seconds of a duration."""
        whole = float(text[:-1]) * dict(_UNITS)[text[-1]]
        return whole if self.divisor == 1 else max(min(self.least_s, whole), whole / self.divisor)
