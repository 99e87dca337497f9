"""The backtest report as one self-contained HTML page: tables and inline SVG, no script, nothing fetched."""

import html
import json

import polars as pl

from propcast.forecast.report import BacktestReport

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; margin: .5rem 0 2rem } td, th { padding: .2rem .8rem; text-align: right }
td:first-child, th:first-child, td:nth-child(2), th:nth-child(2) { text-align: left }
th { border-bottom: 1px solid #8c959f } .alarm { background: #ffebe9; padding: .5rem 1rem }
figure { display: inline-block; margin: 0 1rem 1rem 0 } svg { max-width: 100% }
"""

_INTERVALS = (
    "Intervals: 95 %, bootstrap by game day. "
    "A difference below zero is better; it counts when its interval excludes zero."
)


def page(report: BacktestReport) -> str:
    """Return the whole page; the plots need the `report` extra."""
    title = html.escape(f"Backtest: {report.market}, {report.season}")
    parts = [
        f"<h1>{title}</h1>",
        *(_note(note) for note in report.notes()),
        *(f"<h2>{html.escape(name)}</h2>{_table(frame)}" for name, frame, _ in report.tables()),
        "<h2>Plots</h2>",
        *_figures(report),
        "<h2>Every metric</h2>",
        f"<p>{_INTERVALS}</p>",
        _table(report.metrics),
        f"<h2>Model</h2><pre>{html.escape(json.dumps(report.model, indent=1, default=str))}</pre>",
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _note(text: str) -> str:
    kind = ' class="alarm"' if text.startswith("LEAK") else ""
    return f"<p{kind}>{html.escape(text)}</p>"


def _table(frame: pl.DataFrame) -> str:
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in frame.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in frame.rows())
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,.4f}" if isinstance(value, float) else html.escape(str(value))


def _figures(report: BacktestReport) -> list[str]:
    from propcast.forecast.plots import figures  # matplotlib is an extra, and slow to import

    return [f"<figure>{svg}</figure>" for svg in figures(report)]
