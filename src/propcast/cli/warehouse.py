"""Commands for the stores of tables: how they stand to the declarations, and copies of them."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from propcast.cli.context import Invocation, JsonOption, opened
from propcast.cli.render import out, progress, show_json, show_table

if TYPE_CHECKING:
    from propcast.backends.warehouse.drift import Drift
    from propcast.tables.schema import Table

PANEL = "Data"
warehouse = typer.Typer(
    help="The stores of tables: compare them with the declarations, add what is missing, copy them.",
    no_args_is_help=True,
)
TableOption = Annotated[list[str] | None, typer.Option("--table", metavar="TABLE", help="Only this table; repeatable.")]
Side = Literal["local", "gcp"]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(warehouse, name="warehouse", rich_help_panel=PANEL)


@warehouse.command("plan")
def plan(context: typer.Context, tables: TableOption = None, as_json: JsonOption = False) -> None:
    """Show how stored tables differ from their declarations: what `apply` adds, and what it refuses.

    Example:  propcast warehouse plan
    """
    from propcast.backends.warehouse.drift import drifts

    show(drifts(opened(context).warehouse, chosen(tables)), as_json=as_json)


@warehouse.command("apply")
def apply(context: typer.Context, tables: TableOption = None, as_json: JsonOption = False) -> None:
    """Add columns that are declared and may be null. Anything else is refused with what to do (exit code 7).

    Example:  propcast warehouse apply --table events
    """
    from propcast.backends.warehouse.drift import drifts, migrate
    from propcast.backends.warehouse.port import Stamp

    backends = opened(context)
    by_name = {table.name: table for table in chosen(tables)}
    found = drifts(backends.warehouse, by_name.values())
    for each in found:
        if each.added and not each.refused:
            migrate(backends.warehouse, by_name[each.table], Stamp("warehouse-apply", backends.clock.now()))
    show(found, as_json=as_json, applied=True)


@warehouse.command("copy")
def copy(
    context: typer.Context,
    source: Annotated[Side, typer.Option("--from", help="Which warehouse is read.")],
    target: Annotated[Side, typer.Option("--to", help="Which warehouse is made equal to it.")],
    tables: TableOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy tables with all states and lineage, verified by counts and content hashes; what is equal is skipped.

    It may be interrupted and run again at any time. Partitions that only the target has stay.

    Example:  propcast warehouse copy --from local --to gcp
    """
    import os
    from dataclasses import asdict

    import polars as pl

    from propcast.backends.compose import warehouse_of
    from propcast.backends.warehouse.copying import copy as run
    from propcast.backends.warehouse.port import Stamp
    from propcast.backends.world_clock import clock_of
    from propcast.core.errors import InputError

    if source == target:
        raise InputError(f"--from and --to are both {source}; name two")
    invocation: Invocation = context.obj
    settings = invocation.settings()
    read, written = (warehouse_of(settings, side, os.environ) for side in (source, target))
    stamp = Stamp("warehouse-copy", clock_of(settings).now())
    done = []
    with progress(f"copying {source} to {target}", quiet=as_json) as advance:
        names = chosen(tables)
        for i, table in enumerate(names):
            advance(table.name, i, len(names))
            done += [asdict(part) for part in run(table, read, written, stamp)]
    schema: dict[str, pl.DataType] = {
        "table": pl.String(),
        "partitions": pl.List(pl.String()),
        "rows": pl.Int64(),
        "was_equal": pl.Boolean(),
    }
    rows = pl.DataFrame(done, schema=schema)
    if as_json:
        show_json(done)
        return
    sums = rows.group_by("table", maintain_order=True).agg(
        pl.len().alias("parts"), pl.col("rows").sum(), (~pl.col("was_equal")).sum().alias("written")
    )
    columns = {"table": "table", "parts": "parts", "rows": "rows", "written": "parts written"}
    show_table(sums, columns, title=f"Copied {source} to {target}: counts and content hashes are equal")


def chosen(names: list[str] | None) -> "list[Table]":
    """Return the named tables, all of them if none is."""
    from propcast.tables.registry import ALL, table

    return [table(name) for name in names] if names else list(ALL.values())


def show(found: "list[Drift]", *, as_json: bool, applied: bool = False) -> None:
    """Print what differs; what was refused ends the command with exit code 7."""
    from dataclasses import asdict

    from propcast.core.errors import StoreConflict

    if as_json:
        show_json([asdict(each) for each in found])
    for each in found if not as_json else ():
        for name in each.added:
            out.print(f"  {each.table}: {'added' if applied and not each.refused else 'would add'} {name}")
        for sentence in each.refused:
            out.print(f"  {each.table}: refused: {sentence}", style="red", soft_wrap=True)
    refused = [each.table for each in found if each.refused]
    if refused:
        raise StoreConflict(f"{', '.join(refused)} cannot be brought to the declaration; see above what to do")
    if not as_json and all(each.is_none for each in found):
        absent = sum(not each.stored for each in found)
        out.print(f"✓ {len(found) - absent} tables are as declared, {absent} were never written", style="green")
