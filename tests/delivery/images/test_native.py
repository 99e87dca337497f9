"""The loader is asked, so a library that a wheel expects and nobody installed is named with the wheel."""

from pathlib import Path

import pytest

from propcast.delivery.images import proving
from propcast.delivery.images.distributions import Installed, files_of
from propcast.delivery.images.native import libraries_of
from tests.delivery.images.trees import installed


def without_openmp(site: Path) -> Installed:
    """An environment whose LightGBM wants a library that no machine has: as good as removing it from this one."""
    real = next(path for path in files_of(Installed().by_name["lightgbm"]) if path.name == "lib_lightgbm.so")
    environment = installed(site, {"lightgbm": ["lightgbm/lib/lib_lightgbm.so"]})
    (site / "lightgbm/lib/lib_lightgbm.so").write_bytes(real.read_bytes().replace(b"libgomp.so.1\0", b"libgone.so.1\0"))
    return environment


@pytest.mark.proves("I4")
def test_a_library_that_is_gone_is_named_with_its_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = without_openmp(tmp_path)
    (library,) = libraries_of(environment.by_name.items())
    assert (library.name, library.distribution, library.found) == ("libgone.so.1", "lightgbm", "")
    monkeypatch.setattr(proving, "Installed", lambda: environment)
    (finding,) = proving.native()
    for said in ("libgone.so.1", "wheel of lightgbm", "image.native"):
        assert said in finding.told


def test_a_library_that_is_there_is_found_and_what_every_machine_has_is_left_out() -> None:
    everything = Installed()
    found = libraries_of([("lightgbm", everything.by_name["lightgbm"]), ("numpy", everything.by_name["numpy"])])
    assert [(each.name, Path(each.found).name) for each in found] == [("libgomp.so.1", "libgomp.so.1")]
