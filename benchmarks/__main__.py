"""All benchmarks, or those named: ``python -m benchmarks [--list] [--json] [--quick] [NAME…]``."""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

NAMES = (
    "access", "access_time", "archive", "audit", "audit_scale", "bombs", "decode", "end_to_end",
    "engine", "first_rows", "large", "latency", "logs", "memory", "scale", "startup",
)  # fmt: skip


def main() -> None:
    """Run them one after the other, each in its own process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="print figures instead of tables")
    parser.add_argument("--quick", action="store_true", help="smaller numbers: does it work?")
    parser.add_argument("--list", action="store_true", help="say what each measures; run none")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    names = asked.names or NAMES
    if asked.list:
        print("\n".join(f"{name:12} {_summary(name)}" for name in names))
        return
    if len(names) > 1:
        # Imports, allocations and pinned memory of one do not affect the next.
        results = [_in_a_process(name, asked.quick) for name in names]
        if asked.json:
            print(json.dumps([part for result in results for part in json.loads(result)], indent=1))
        else:
            print("\n".join(results))
        return
    report = importlib.import_module(f"benchmarks.{names[0]}").run(quick=asked.quick)
    if asked.json:
        print(json.dumps([{**report.as_dict(), "machine": _machine()}], indent=1))
    else:
        print(f"## {report.name}\n\n{_machine()}\n\n{report.as_text()}")


def _summary(name: str) -> str:
    """Return the first line of a benchmark's docstring, without importing it."""
    tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def _in_a_process(name: str, quick: bool) -> str:
    command = [sys.executable, "-m", "benchmarks", name, *["--quick"] * quick]
    if "--json" in sys.argv:
        command.append("--json")
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _machine() -> str:
    processors = Path("/proc/cpuinfo")
    model = platform.processor() or platform.machine()
    if processors.exists():
        for line in processors.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return f"{os.cpu_count()} × {model}, Python {platform.python_version()}, {platform.system()}"


if __name__ == "__main__":
    main()
