"""Runs a module as the main program of a process that is tied to its parent."""

import runpy
import sys

from propcast.service.supervision.tether import tie


def main() -> None:
    """Read `line signs grace module arguments...` from the command line and run the module."""
    line, signs, grace_s, module, *arguments = sys.argv[1:]
    tie(int(line), int(signs), float(grace_s))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
