"""What the six services answer stays within what is allowed for in the number of series."""

import importlib
from collections.abc import Iterator

from fastapi import FastAPI

from propcast.delivery.monitoring.cardinality import FEATURES, ROUTES
from propcast.service import catalogue
from propcast.service.routes import tabulate
from propcast.tables.features import CONTRACTS


def paths() -> Iterator[str]:
    for entry in catalogue.SERVICES:
        app: FastAPI = importlib.import_module(f"propcast.apps.{entry.module}").app
        yield from {f"{entry.name} {place.path}" for place in tabulate(app.routes, (), "local").places}
        yield f"{entry.name} of no path"


def test_there_are_no_more_routes_than_are_counted() -> None:
    assert len(list(paths())) <= ROUTES


def test_features_that_must_vary_are_all_counted() -> None:
    assert sum(feature.must_vary for contract in CONTRACTS.values() for feature in contract.features) == FEATURES
