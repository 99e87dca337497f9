"""The recipe and its context: every planted defect is found at its line, and only there."""

import shutil
from pathlib import Path

import pytest

from propcast.delivery.images import dockerfile
from propcast.delivery.images.dockerfile import instructions, lint

ROOT = Path(__file__).parents[3]
PINNED = "python@sha256:" + "0" * 64
PLANTED = {
    "mutable tag": ("FROM ${BASE} AS builder", "FROM python:3.11 AS builder", "not pinned by digest", "_bases"),
    "default tag": ("ARG BASE\n", "ARG BASE=python:3.11\n", "not pinned by digest", "_bases"),
    "unquoted constraint": ('"uv==0.13.9"]', '"x"]\nRUN pip install uv>=0.9', "uv>=… is unquoted", "_constraints"),
    "unquoted extra": ('"uv==0.13.9"]', '"x"]\nRUN pip install a[b,c]<2', "a[b,c]<… is unquoted", "_constraints"),
    "whole context": ("COPY src ./src", "COPY . .", "the whole context is copied", "_copies"),
    "fetched": ("COPY src ./src", "ADD https://x.example/a.tgz /", "ADD fetches", "_copies"),
    "secret": ("ARG SOURCE=unknown", "ENV API_TOKEN=abc", "TOKEN stays readable", "_secrets"),
    "root": ("USER 10001:10001\n", "", "runs as root", "_last_stage"),
    "root again": ("USER 10001:10001\n", "USER 10001\nUSER root\n", "runs as root", "_last_stage"),
    "untested": ("image selftest", "image closure", "the last step must be", "_last_stage"),
    "shell form": ('CMD ["python", ', 'CMD python "', "runs through a shell", "_forms"),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Dockerfile", ".dockerignore", "pyproject.toml", "uv.lock", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("deploy", "src/propcast/core"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def plant(checkout: Path, case: str) -> tuple[str, str]:
    before, after, said, guard = PLANTED[case]
    text = (checkout / "Dockerfile").read_text(encoding="utf-8")
    assert before in text
    (checkout / "Dockerfile").write_text(text.replace(before, after, 1), encoding="utf-8")
    return said, guard


def test_ours_is_clean(checkout: Path) -> None:
    assert lint(ROOT) == []
    assert lint(checkout) == []


@pytest.mark.proves("I9")
@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_defect_is_found_at_its_line(checkout: Path, case: str) -> None:
    said, _ = plant(checkout, case)
    found = lint(checkout)
    lines = [each.line for each in instructions((checkout / "Dockerfile").read_text(encoding="utf-8"))]
    assert found
    assert [finding for finding in found if said not in finding or int(finding.split(":")[1]) not in lines] == []


@pytest.mark.proves("I9", "I10")
@pytest.mark.parametrize("case", PLANTED)
def test_it_is_its_own_guard_that_finds_it(checkout: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, guard = plant(checkout, case)
    monkeypatch.setattr(dockerfile, guard, lambda _: ())
    assert lint(checkout) == []


def test_redirections_and_quoted_constraints_are_no_defect(checkout: Path) -> None:
    plain = "RUN pip install 'uv>=0.9' \"a<2\" && xargs cat < /native > /out 2>/dev/null"
    assert list(dockerfile._constraints(instructions(plain))) == []


@pytest.mark.proves("I9")
@pytest.mark.parametrize(
    ("file", "content"),
    [("deploy/.env", "A=1"), ("deploy/tls.pem", "x"), ("src/propcast/core/note.txt", "-----BEGIN RSA PRIVATE KEY-----"),
     ("deploy/.git/config", "[core]")],
)  # fmt: skip
def test_a_secret_or_a_repository_in_the_context_is_named(checkout: Path, file: str, content: str) -> None:
    (checkout / file).parent.mkdir(exist_ok=True)
    (checkout / file).write_text(content, encoding="utf-8")
    (finding,) = lint(checkout)
    assert finding.startswith(".dockerignore:")
    assert file.split("/config")[0] in finding


@pytest.mark.proves("I9")
def test_a_context_that_lets_everything_through_is_a_defect(checkout: Path) -> None:
    (checkout / ".dockerignore").write_text("# all but\n.venv\n", encoding="utf-8")
    (finding,) = lint(checkout)
    assert finding.startswith(".dockerignore:2:")
