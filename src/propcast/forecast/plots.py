"""Plots of a backtest as SVG text."""

import io
from typing import TYPE_CHECKING, Any

import polars as pl

from propcast.core.errors import InputError
from propcast.forecast.report import BacktestReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (4.6, 3.4)
_STAGES = {"raw": "C1", "final": "C0", "market": "C7"}


def figures(report: BacktestReport) -> list[str]:
    """Return one SVG per plot: reliability, PIT and MAE by tier for each system that forecast anything.

    Raises:
        InputError: matplotlib is not installed.
    """
    plots = []
    for system, pit in report.pit.items():
        if sum(pit):
            plots.append(_drawn(lambda axes, s=system: _reliability(axes, s, report.calibration[s])))
            plots.append(_drawn(lambda axes, s=system, p=pit: _pit(axes, s, p)))
        if system in report.tiers:
            plots.append(_drawn(lambda axes, s=system: _tiers(axes, s, report.tiers[s])))
    return plots


def _drawn(draw: Any) -> str:
    try:
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError(
            "plots need matplotlib, which is not installed: pip install 'propcast[report]', or ask for .json"
        ) from error
    figure = Figure(figsize=_SIZE, layout="constrained")
    FigureCanvasSVG(figure)
    draw(figure.add_subplot())
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _reliability(axes: "Axes", system: str, table: pl.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color="black", linewidth=0.6)
    for stage, colour in _STAGES.items():
        part = table.filter((pl.col("stage") == stage) & (pl.col("n") > 0))
        axes.plot(part["mean_p"].to_list(), part["frequency"].to_list(), "o-", color=colour, markersize=3, label=stage)
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="P(over | no push)", ylabel="how often over", title=f"{system}: reliability"
    )
    axes.legend()


def _pit(axes: "Axes", system: str, counts: list[int]) -> None:
    n = len(counts)
    axes.bar([(i + 0.5) / n for i in range(n)], counts, width=0.9 / n)
    axes.axhline(sum(counts) / n, color="black", linewidth=0.6)
    axes.set(xlabel="PIT", ylabel="participants", title=f"{system}: PIT, flat when calibrated")


def _tiers(axes: "Axes", system: str, table: pl.DataFrame) -> None:
    axes.plot(table["mean"].to_list(), table["mae"].to_list(), "o-", label=system)
    axes.plot(table["mean"].to_list(), table["line_mae"].to_list(), "s--", color="C7", label="market line")
    axes.set(xlabel="predicted mean", ylabel="MAE", title=f"{system}: error by tier, with a line")
    axes.legend()
