"""Writes the tiny model that every image of a worker must load; run it after the lock has moved a library."""

from pathlib import Path

import lightgbm
import numpy as np

from propcast.delivery.images.golden import CONTRACT
from propcast.forecast.artefact import identified, library_versions, pack, sha256
from propcast.forecast.model import Card, predicted

FOLDER = Path(__file__).resolve().parents[1] / "src" / "propcast" / "delivery" / "images" / "golden"
ROWS, TREES, GOLDEN = 400, 8, 6


def main() -> None:
    """Fit on made-up rows, always the same, and write the file with its hash."""
    random = np.random.default_rng(7)
    rows = random.uniform(0, 40, (ROWS, len(CONTRACT.core)))
    truth = 0.5 * rows[:, 0] + rows[:, 1] + random.normal(0, 2, ROWS)
    parameters = {"objective": "l2", "num_leaves": 7, "seed": 7, "deterministic": True, "force_row_wise": True,
                  "num_threads": 1, "verbosity": -1}  # fmt: skip
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows, truth, params=parameters), TREES)
    golden = rows[:GOLDEN]
    card = Card(
        model_id="", sport=CONTRACT.sport.value, market="points", system="golden", feature_hash=CONTRACT.hash,
        features=CONTRACT.core, train_from="2000-01-01", train_until="2000-01-02", n_rows=ROWS, data_hash="made up",
        libraries=library_versions(), dispersion=((0.0, 1.0),),
        golden_rows=tuple(map(tuple, golden.tolist())), golden_means=tuple(predicted(booster, golden).tolist()),
        trees_sha256="",
    )  # fmt: skip
    packed = pack(identified(card, booster.model_to_string()))
    (FOLDER / "lightgbm.zip").write_bytes(packed)
    (FOLDER / "lightgbm.sha256").write_text(f"{sha256(packed)}\n", encoding="ascii")


if __name__ == "__main__":
    main()
