"""The dashboards as Cloud Monitoring reads them: the charts of Grafana, on the same expressions."""

import json
from collections.abc import Sequence

from google.cloud.monitoring_dashboard_v1.types import Dashboard, MosaicLayout, TimeSeriesQuery, Widget, XyChart

from propcast.delivery.monitoring.boards import Board, Panel, boards

_COLUMNS, _WIDTH, _HEIGHT = 3, 16, 14


def dashboards() -> dict[str, str]:
    """Return every dashboard as JSON, by its name."""
    return {board.slug: _text(_dashboard(board)) for board in boards()}


def _dashboard(board: Board) -> Dashboard:
    return Dashboard(
        display_name=f"PropCast: {board.title}",
        labels={"propcast": "", f"propcast-{board.slug}": ""},
        mosaic_layout=MosaicLayout(columns=_COLUMNS * _WIDTH, tiles=_tiles(board.panels)),
    )


def _tiles(panels: Sequence[Panel]) -> list[MosaicLayout.Tile]:
    return [
        MosaicLayout.Tile(
            x_pos=n % _COLUMNS * _WIDTH,
            y_pos=n // _COLUMNS * _HEIGHT,
            width=_WIDTH,
            height=_HEIGHT,
            widget=_widget(panel),
        )
        for n, panel in enumerate(panels)
    ]


def _widget(panel: Panel) -> Widget:
    query = TimeSeriesQuery(prometheus_query=panel.expression)
    line = XyChart.DataSet.PlotType.LINE
    legend = f"${{metric.labels.{panel.legend}}}" if panel.legend else panel.title
    return Widget(
        title=panel.title,
        xy_chart=XyChart(
            data_sets=[XyChart.DataSet(time_series_query=query, plot_type=line, legend_template=legend)],
        ),
    )


def _text(dashboard: Dashboard) -> str:
    plain = Dashboard.to_dict(dashboard, use_integers_for_enums=False, always_print_fields_with_no_presence=False)
    return json.dumps(plain, indent=1, sort_keys=True) + "\n"
