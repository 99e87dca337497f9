"""The lint of the image recipe and of what is sent to its builder; every finding names a line or a file."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_PINNED = re.compile(r"@sha256:[0-9a-f]{64}$")
_CONSTRAINT = re.compile(r"""(?<![\w"'=<>!~])([A-Za-z][\w.-]*(?:\[[\w,-]+\])?)(>=|<=|>|<|!=|~=)\d""")
_QUOTED = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*\"""")
_SECRET = re.compile(r"(?i)(password|passwd|secret|token|api_?key|private)")
_SECRET_FILE = re.compile(
    r"(?i)(^\.env|\.pem$|\.key$|^id_(rsa|ed25519)|credentials.*\.json$|service.?account.*\.json$|^\.netrc$)"
)
_PRIVATE_KEY = b"-----BEGIN"
_SELFTEST = "image selftest"


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined."""

    line: int
    name: str
    words: str


def lint(checkout: Path) -> list[str]:
    """Return what is wrong with a checkout's Dockerfile, and with the context that its .dockerignore lets through."""
    text = (checkout / "Dockerfile").read_text(encoding="utf-8")
    found = [f"Dockerfile:{line}: {told}" for line, told in sorted(_of_recipe(instructions(text)))]
    return found + [f".dockerignore:{line}: {told}" for line, told in _of_context(checkout)]


def instructions(text: str) -> list[Instruction]:
    """Return the instructions of a Dockerfile."""
    found, words, begun = list[Instruction](), "", 0
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        begun = begun if words else number
        words += f"{bare.removesuffix(chr(92)).rstrip()} "
        if not bare.endswith("\\"):
            name, _, rest = words.strip().partition(" ")
            found.append(Instruction(begun, name.upper(), rest.strip()))
            words = ""
    return found


def _of_recipe(every: Sequence[Instruction]) -> Iterator[tuple[int, str]]:
    for rule in (_bases, _constraints, _copies, _secrets, _forms):
        yield from rule(every)
    last = max((index for index, each in enumerate(every) if each.name == "FROM"), default=0)
    yield from _last_stage(every[last:])


def _bases(every: Sequence[Instruction]) -> Iterator[tuple[int, str]]:
    stages = set[str]()
    defaults = {each.words.partition("=")[0]: each.words.partition("=")[2] for each in every if each.name == "ARG"}
    for each in every:
        if each.name != "FROM":
            continue
        words = each.words.split()
        told = re.fullmatch(r"\$\{?(\w+)\}?", words[0])
        base = defaults.get(told.group(1), words[0]) if told else words[0]
        if base and base not in stages and not _PINNED.search(base):
            yield each.line, f"base {base} is not pinned by digest; a tag may be another image tomorrow: add @sha256:…"
        stages |= {words[-1]} if len(words) > 1 else set()


def _constraints(every: Sequence[Instruction]) -> Iterator[tuple[int, str]]:
    for each in every:
        if (
            each.name == "RUN"
            and not each.words.startswith("[")
            and (found := _CONSTRAINT.search(_unquoted(each.words)))
        ):
            yield (
                each.line,
                f"{found[1]}{found[2]}… is unquoted, so the shell takes {found[2]} for a redirection; put it in quotes",
            )


def _copies(every: Sequence[Instruction]) -> Iterator[tuple[int, str]]:
    for each in every:
        if each.name == "ADD":
            yield each.line, "ADD fetches and unpacks; use COPY"
        if each.name == "COPY" and each.words.split()[0] in (".", "./"):
            yield each.line, "the whole context is copied; name what is needed"


def _secrets(every: Sequence[Instruction]) -> Iterator[tuple[int, str]]:
    for each in every:
        if each.name in ("ENV", "ARG") and (found := _SECRET.search(each.words)):
            yield each.line, f"{found[0]} stays readable in the image for ever; secrets come from the secrets port"


def _forms(every: Sequence[Instruction]) -> Iterator[tuple[int, str]]:
    for each in every:
        if each.name in ("CMD", "ENTRYPOINT") and not _is_list(each.words):
            yield each.line, f"{each.name} runs through a shell, which keeps SIGTERM to itself; write it as a JSON list"


def _last_stage(stage: Sequence[Instruction]) -> Iterator[tuple[int, str]]:
    names = [each.name for each in stage]
    users = [each for each in stage if each.name == "USER"]
    end = stage[-1].line if stage else 1
    if not users or users[-1].words.split(":")[0] in ("0", "root"):
        yield users[-1].line if users else end, "the image runs as root; add USER with a number"
    elif _SELFTEST not in " ".join(each.words for each in stage[names.index("USER") :] if each.name == "RUN"):
        yield end, "the last step must be RUN propcast image selftest, as the user that the image runs as"


def _unquoted(words: str) -> str:
    return _QUOTED.sub('""', words)


def _is_list(words: str) -> bool:
    try:
        return isinstance(json.loads(words), list)
    except json.JSONDecodeError:
        return False


def _of_context(checkout: Path) -> Iterator[tuple[int, str]]:
    lines = (checkout / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip() and line.strip()[0] != "#"]
    if not rules or rules[0][1] not in ("*", "**"):
        yield rules[0][0] if rules else 1, "it must begin with ** and then name what is let through"
        return
    for number, rule in rules[1:]:
        if rule.startswith("!"):
            for path in _secret_files(checkout, rule[1:].strip("/")):
                yield number, f"{rule} lets {path} through, which must not be in an image"


def _secret_files(checkout: Path, let_through: str) -> Iterator[str]:
    top = checkout / let_through
    every = sorted(top.rglob("*")) if top.is_dir() else [top]
    for path in every:
        inside = path.relative_to(checkout)
        in_git = ".git" in inside.parts
        if in_git or (path.is_file() and (_SECRET_FILE.search(path.name) or _is_private_key(path))):
            yield inside.as_posix()
            if in_git:
                return


def _is_private_key(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(64)
    return head.startswith(_PRIVATE_KEY) and b"PRIVATE KEY" in head
