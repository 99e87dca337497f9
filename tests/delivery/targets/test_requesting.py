"""Paths of one route are one route."""

import pytest

from propcast.delivery.targets.requesting import route_of


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/predict", "/predict"),
        ("/health/deep?x=1", "/health/deep"),
        ("/status/3f2a9c", "/status/*"),
        ("/predictions/0f3b.json", "/predictions/*.json"),
        ("/slate.csv?day=2025-10-24", "/slate.csv"),
        ("/slates/2025-10-24/nba", "/slates/*/nba"),
        ("/static/app.3f2.js", "/static/*"),
        ("/check-stalled", "/check-stalled"),
        ("/" + "x" * 41, "/*"),
        ("/name/ä", "/name/*"),
    ],
)
def test_a_path_has_a_route(path: str, route: str) -> None:
    assert route_of(path) == route
