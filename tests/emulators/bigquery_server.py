"""Runs the BigQuery emulator with what the service does and it does not (docs/emulators.md); needs its environment.

The service isolates the transactions of scripts, binds parameters in scripts and in `FOR SYSTEM_TIME`, remembers what a
table was before a script changed it, and shows a column as soon as `ALTER TABLE` has added it. Each request gets its
own result: the emulator asks one connection of DuckDB from several threads, so that one takes what another asked for.
"""

import asyncio
import re
import sys
from collections.abc import Callable
from typing import Any

import fastapi.routing
from bqemulator.api.routes import jobs, upload
from bqemulator.catalog import ddl_sync
from bqemulator.cli import main
from bqemulator.jobs import executor
from bqemulator.scripting.interpreter import ScriptInterpreter

ALTERED = re.compile(r"ALTER\s+TABLE\s+`([^`]+)`", re.IGNORECASE)
PARAMETER = re.compile(r"@(\w+)")
_turn = asyncio.Lock()
_query, _load, _statement = executor.execute_query_job, executor.execute_load_job, ScriptInterpreter._run_query


async def here(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Work in the thread of all other requests."""
    return work(*arguments, **options)


async def query(project: str, job: str, sql: str, parameters: Any, ctx: Any, **options: Any) -> Any:
    """Run one query at a time, with literals where the emulator would not bind parameters."""
    if parameters and (";" in sql.rstrip().rstrip(";") or "SYSTEM_TIME" in sql):
        sql, parameters = with_literals(sql, parameters), None
    async with _turn:
        done = await _query(project, job, sql, parameters, ctx, **options)
        for altered in ALTERED.findall(sql):
            show_columns(altered.split("."), ctx)
        return done


async def load(*arguments: Any) -> Any:
    """Run one load at a time."""
    async with _turn:
        return await _load(*arguments)


async def statement(interpreter: Any, sql: str) -> Any:
    """Run a statement of a script and remember the tables that it changed."""
    table = await _statement(interpreter, sql)
    await executor._capture_dml_snapshots(interpreter._project_id, sql, interpreter._ctx)
    return table


def show_columns(name: list[str], ctx: Any) -> None:
    """Read the columns of a table anew."""
    known = ctx.catalog.get_table(*name)
    if known is not None:
        ctx.catalog.update_table(known.model_copy(update={"schema_": ddl_sync._introspect_schema(*name, ctx)}))


def with_literals(sql: str, parameters: list[dict[str, Any]]) -> str:
    """Write each named parameter as a literal."""
    values = {each["name"]: literal(each["parameterType"], each.get("parameterValue", {})) for each in parameters}
    return PARAMETER.sub(lambda found: values.get(found[1], found[0]), sql)


def literal(kind: dict[str, Any], value: dict[str, Any]) -> str:
    """Write one value as SQL."""
    if kind["type"] == "ARRAY":
        items = ", ".join(literal(kind["arrayType"], each) for each in value.get("arrayValues", []))
        return f"ARRAY<{kind['arrayType']['type']}>[{items}]"
    text = value.get("value")
    quoted = "NULL" if text is None else "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return f"CAST({quoted} AS {kind['type']})"


if __name__ == "__main__":
    for module in (executor, jobs, upload):
        for name, replacement in (("execute_query_job", query), ("execute_load_job", load)):
            if hasattr(module, name):
                setattr(module, name, replacement)
    ScriptInterpreter._run_query = statement
    setattr(fastapi.routing, "run_in_threadpool", here)  # noqa: B010 - it is no public name
    sys.exit(main())
