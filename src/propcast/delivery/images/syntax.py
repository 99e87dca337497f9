"""The imports of one module, read from its syntax tree: those inside functions and optional ones too."""

import ast
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

OWN = "propcast"
_ABSENCES = {"ImportError", "ModuleNotFoundError"}
_LOADERS = {"import_module", "__import__"}
_ATTEMPTS = 20
_REGISTERED = re.compile(rf"({OWN}(?:\.\w+)+)(?::\w+)?")


@dataclass(frozen=True)
class Import:
    """One import.

    Attributes:
        module: dotted and absolute.
        name: what is taken from it; empty for the module itself.
        optional: the code goes on without it.
        lazy: it happens when a function runs, not when the module is imported.
        registered: only a text names it, as in a registry; it may be something else.
    """

    module: str
    name: str
    line: int
    optional: bool = False
    lazy: bool = False
    registered: bool = False


@dataclass(frozen=True)
class _Where:
    package: str
    optional: bool = False
    lazy: bool = False


def imports_of(source: str, package: str) -> list[Import]:
    """Return every import of a module of `package`, those for type checkers alone left out."""
    tree = _parsed(source)
    found = list(_of_all(tree.body, _Where(package)))
    if any(loader in source for loader in _LOADERS) or f'"{OWN}.' in source:
        found += _named(tree)
    return found


def _parsed(source: str) -> ast.Module:
    """Return the syntax tree; another thread that parses at the same moment does no harm.

    Python 3.11 counts depth for all threads together, and refuses with `SystemError` when two meet
    (https://github.com/python/cpython/issues/106905).
    """
    for _ in range(_ATTEMPTS):
        with suppress(SystemError):
            return ast.parse(source)
    return ast.parse(source)


def _of_all(statements: Sequence[ast.stmt], where: _Where) -> Iterator[Import]:
    for statement in statements:
        yield from _of(statement, where)


def _of(statement: ast.stmt, where: _Where) -> Iterator[Import]:
    match statement:
        case ast.Import(names=names):
            for alias in names:
                yield Import(alias.name, "", statement.lineno, where.optional, where.lazy)
        case ast.ImportFrom(names=names):
            module = _absolute(statement, where.package)
            for alias in names:
                yield Import(module, alias.name, statement.lineno, where.optional, where.lazy)
        case ast.If(test=test, orelse=orelse) if _for_type_checkers(test):
            yield from _of_all(orelse, where)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            inside = _Where(where.package, where.optional or _goes_on(handlers), where.lazy)
            yield from _of_all(body, inside)
            yield from _of_all([*(each for handler in handlers for each in handler.body), *orelse, *finalbody], where)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _of_all(statement.body, _Where(where.package, where.optional, lazy=True))
        case _:
            yield from _of_all(_inside(statement), where)


def _inside(statement: ast.stmt) -> list[ast.stmt]:
    """Return the statements of a compound one: of `with`, `for`, `while`, `if`, `match` and classes."""
    blocks = [getattr(statement, name, []) for name in ("body", "orelse")]
    blocks += [case.body for case in getattr(statement, "cases", [])]
    return [each for block in blocks if isinstance(block, list) for each in block]


def _absolute(statement: ast.ImportFrom, package: str) -> str:
    if not statement.level:
        return statement.module or ""
    base = package.split(".")[: len(package.split(".")) - statement.level + 1]
    return ".".join([*base, *([statement.module] if statement.module else [])])


def _for_type_checkers(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def _goes_on(handlers: Sequence[ast.ExceptHandler]) -> bool:
    """Tell whether an absent module is taken note of and nothing is raised instead."""
    return any(_catches(handler.type) and not isinstance(handler.body[-1], ast.Raise) for handler in handlers)


def _catches(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or getattr(each, "id", "") in {*_ABSENCES, "Exception"} for each in kinds)


def _named(tree: ast.Module) -> Iterator[Import]:
    """Yield modules that a text names: literal `import_module`, and lines of a registry such as `propcast.a.b:app`."""
    loaded = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_loader(node.func) and node.args:
            told = node.args[0]
            if isinstance(told, ast.Constant) and isinstance(told.value, str) and not told.value.startswith("."):
                loaded.add(id(told))
                yield Import(told.value, "", node.lineno, lazy=True)
        if not isinstance(node, ast.Constant) or id(node) in loaded or not isinstance(node.value, str):
            continue
        if registered := _REGISTERED.fullmatch(node.value):
            yield Import(registered.group(1), "", node.lineno, lazy=True, registered=True)


def _is_loader(function: ast.expr) -> bool:
    return (getattr(function, "id", "") or getattr(function, "attr", "")) in _LOADERS
