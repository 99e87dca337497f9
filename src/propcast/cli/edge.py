"""The edge of the program: whatever ends a command early becomes one sentence and a documented exit code."""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from propcast.cli.render import err
from propcast.core.errors import PropCastError

INTERRUPTED = 130


class Edge(TyperGroup):
    """The group of all commands; converts what they raise."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; a bug keeps its traceback, everything else says what happened and what to do."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except PropCastError as error:
            raise _failed(str(error), error.exit_code) from error
        except BrokenPipeError as error:
            _let_go_of_stdout()
            raise typer.Exit(0) from error  # the reader has all that it wanted
        except KeyboardInterrupt as error:
            raise _failed(
                "interrupted; nothing half-done is visible, run the command again to finish", INTERRUPTED
            ) from error
        except OSError as error:
            raise _failed(_sentence(error), PropCastError.exit_code) from error
        return result


def _failed(sentence: str, code: int) -> typer.Exit:
    err.print("✗", style="red", end=" ")
    err.print(sentence, soft_wrap=True)
    return typer.Exit(code)


def _sentence(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}; check the folder, its permissions and the free space of its disk"


def _let_go_of_stdout() -> None:
    """Send what is still buffered nowhere; otherwise the interpreter complains about it when it ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:
        sys.stdout = sys.__stdout__
