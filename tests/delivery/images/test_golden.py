"""The tiny model says what it said when it was made, with the libraries it was made with, or is refused."""

import json
import zipfile
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from propcast.core.errors import ModelRefused
from propcast.delivery.images import golden, proving
from propcast.forecast.artefact import library_versions, sha256
from propcast.service.catalogue import ADMIN_DASHBOARD, PREDICTION_WORKER

FOLDER = Path(golden.__file__).parent
REMEDY = "the lock has moved a library: run scripts/write_golden_model.py and look at the change"


def test_every_family_is_reproduced_here() -> None:
    assert golden.reproduced("lightgbm").card.libraries == library_versions(), REMEDY
    assert list(proving.golden(PREDICTION_WORKER)) == []


def replanted(folder: Path, **changed: Any) -> Path:
    """The folder of golden models with a card that says something else."""
    with zipfile.ZipFile(FOLDER / "lightgbm.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["card.json"] = json.dumps(json.loads(files["card.json"]) | changed).encode()
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    (folder / "lightgbm.zip").write_bytes(buffer.getvalue())
    (folder / "lightgbm.sha256").write_text(sha256(buffer.getvalue()), encoding="ascii")
    return folder


@pytest.mark.proves("I7")
def test_a_model_of_another_library_version_is_refused_with_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = replanted(tmp_path, libraries=library_versions() | {"lightgbm": "3.0.0"})
    monkeypatch.setattr(resources, "files", lambda _: planted)
    (finding,) = proving.golden(PREDICTION_WORKER)
    assert f"lightgbm 3.0.0 (here {library_versions()['lightgbm']})" in finding.told
    assert list(proving.golden(ADMIN_DASHBOARD)) == []


@pytest.mark.proves("I7")
def test_other_predictions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    means = golden.reproduced("lightgbm").card.golden_means
    planted = replanted(tmp_path, golden_means=[means[0] + 1e-3, *means[1:]])
    monkeypatch.setattr(resources, "files", lambda _: planted)
    with pytest.raises(ModelRefused, match=r"differ by 0\.001"):
        golden.reproduced("lightgbm")
