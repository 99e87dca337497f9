"""A release is its content: any change of it is another one, and what was changed behind its back is refused."""

import subprocess
from pathlib import Path

import pytest

from propcast.core.errors import InputError
from propcast.delivery.targets.local.packing import pack
from propcast.delivery.targets.local.release import Release, digest_of, find, read
from propcast.delivery.targets.local.shelf import Shelf
from propcast.delivery.targets.port import Image, TargetRefused
from tests.delivery.targets.toys import toy_release


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return toy_release(tmp_path, "toy")


def test_a_folder_is_named_by_what_is_in_it(release: Release) -> None:
    assert find(f"dir:{release.folder}").image == release.image
    assert find(f"dir:{release.folder}@{release.digest}").digest == release.digest


@pytest.mark.parametrize("name", ["propcast/service/serving.py", "propcast/more.py", "propcast/build.json"])
def test_what_was_changed_after_it_was_packed_is_refused(release: Release, name: str) -> None:
    path = release.folder / name
    text = path.read_text() if path.exists() else ""
    path.write_text(text.replace('"release": "toy"', '"release": "boy"') + " ")
    if name.endswith(".json") and "boy" not in path.read_text():
        pytest.fail("the test has changed nothing")
    with pytest.raises(TargetRefused, match="changed after it was packed"):
        read(release.folder)


def test_a_renamed_file_is_another_release(release: Release) -> None:
    (release.folder / "propcast" / "service" / "serving.py").rename(
        release.folder / "propcast" / "service" / "servant.py"
    )
    assert digest_of(release.folder, release.build) != release.digest


def test_compiled_code_is_no_content(release: Release) -> None:
    (release.folder / "propcast" / "__pycache__").mkdir()
    (release.folder / "propcast" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert read(release.folder).digest == release.digest


def test_a_link_is_refused(release: Release) -> None:
    (release.folder / "propcast" / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(TargetRefused, match="link"):
        read(release.folder)


@pytest.mark.parametrize("reference", ["registry/toy", "dir:/nowhere", "/nowhere"])
def test_what_is_no_release_is_refused(reference: str) -> None:
    with pytest.raises(TargetRefused):
        find(reference)


def test_what_is_on_the_shelf_outlives_its_folder(release: Release, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    taken = shelf.take(release.image)
    (release.folder / "propcast" / "service" / "serving.py").write_text("changed")
    assert shelf.take(Image("dir:/nowhere", release.digest)) == taken
    assert read(taken.folder).digest == release.digest


def test_what_changed_since_it_was_resolved_is_not_taken(release: Release, tmp_path: Path) -> None:
    with pytest.raises(TargetRefused, match="now"):
        Shelf(tmp_path / "shelf").take(Image(release.image.reference, "sha256:" + "0" * 64))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one module, all of it in one commit."""
    folder = tmp_path / "checkout"
    (folder / "src" / "propcast").mkdir(parents=True)
    (folder / "src" / "propcast" / "__init__.py").write_text('"""Ours."""\n')
    (folder / "pyproject.toml").write_text('[project]\nversion = "1.15.0"\n')
    (folder / ".gitignore").write_text("*.pyc\n")
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "all"]):
        subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S603, S607 - fixed commands
    return folder


def test_a_checkout_is_packed_as_its_commit(checkout: Path, tmp_path: Path) -> None:
    packed = pack(checkout, tmp_path / "out", service="prediction-worker")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True).stdout  # noqa: S607
    assert (packed.build["commit"], packed.build["release"]) == (head.strip(), "1.15.0")
    assert not packed.is_for("admin-dashboard")
    assert read(tmp_path / "out") == packed


@pytest.mark.parametrize("name", ["src/propcast/new.py", "src/propcast/__init__.py"])
def test_what_is_in_no_commit_is_packed_only_when_that_is_said(checkout: Path, tmp_path: Path, name: str) -> None:
    (checkout / name).write_text("new = 1\n")
    with pytest.raises(InputError, match="--dirty"):
        pack(checkout, tmp_path / "out")
    packed = pack(checkout, tmp_path / "out", dirty=True)
    assert packed.build["commit"].endswith("-dirty")
    assert (tmp_path / "out" / Path(name).relative_to("src")).read_text() == "new = 1\n"


def test_two_packings_of_one_commit_are_one_release(checkout: Path, tmp_path: Path) -> None:
    assert pack(checkout, tmp_path / "a").digest == pack(checkout, tmp_path / "b").digest


def test_a_release_is_not_packed_over_something(checkout: Path, tmp_path: Path) -> None:
    pack(checkout, tmp_path / "out")
    with pytest.raises(InputError, match="not empty"):
        pack(checkout, tmp_path / "out")
