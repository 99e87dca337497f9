"""The dashboards as Grafana reads them."""

import json
from collections.abc import Sequence

from propcast.delivery.monitoring.boards import Board, Panel, boards

_COLUMNS, _WIDTH, _HEIGHT = 3, 8, 7


def files() -> dict[str, str]:
    """Return every dashboard by its path."""
    return {f"grafana/{board.slug}.json": json.dumps(_board(board), indent=1) + "\n" for board in boards()}


def _board(board: Board) -> dict[str, object]:
    return {
        "uid": f"propcast-{board.slug}",
        "title": f"PropCast: {board.title}",
        "tags": ["propcast"],
        "schemaVersion": 38,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]},
        "panels": _panels(board.panels),
    }


def _panels(panels: Sequence[Panel]) -> list[dict[str, object]]:
    return [_panel(n, panel) for n, panel in enumerate(panels)]


def _panel(n: int, panel: Panel) -> dict[str, object]:
    row, column = divmod(n, _COLUMNS)
    source = {"type": "prometheus", "uid": "${source}"}
    legend = f"{{{{{panel.legend}}}}}" if panel.legend else panel.title
    return {
        "id": n + 1,
        "title": panel.title,
        "type": "timeseries",
        "datasource": source,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [{"refId": "A", "datasource": source, "expr": panel.expression, "legendFormat": legend}],
    }
