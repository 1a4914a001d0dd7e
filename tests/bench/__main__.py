"""Measures everything, prints a table, writes `bench.json`."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    backfill,
    conductor,
    conformance,
    detection,
    editor,
    expression,
    forgetting,
    healing,
    hosts,
    language,
    log,
    passes,
    planning,
    production,
    projecting,
    proving,
    rollout,
    sandbox,
    signing,
    transaction,
    twin,
)
from tests.bench.figure import Figure


def main() -> None:
    """Run every measurement in this process, or the parts that the arguments name."""
    console = Console()
    console.print(
        f"{platform.node()}: {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )
    parts = (expression, sandbox, healing, planning, production, transaction, language, editor, log)
    parts += (forgetting, projecting, backfill, conductor, detection, hosts, rollout, signing, twin)
    parts += (passes, conformance, proving)
    named = {part.__name__.rpartition(".")[2]: part for part in parts}
    wanted = sys.argv[1:] or list(named)
    if unknown := set(wanted) - named.keys():
        raise SystemExit(f"Error: no part {', '.join(unknown)}\nHint: {', '.join(named)}")
    figures = [figure for name in wanted for figure in named[name].figures()]
    table = Table("what", "value", "unit", "against", "ratio")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.value:.2f}",
            figure.unit,
            f"{figure.against:.2f} ({figure.compared_with})" if figure.against else "",
            f"{figure.ratio:.2f}" if figure.ratio else "",
        )
    console.print(table)
    Path("bench.json").write_text(json.dumps([_json(f) for f in figures], indent=1) + "\n")
    console.print("written to bench.json")


def _json(figure: Figure) -> dict[str, object]:
    return {
        "name": figure.name,
        "value": figure.value,
        "unit": figure.unit,
        "against": figure.against,
        "ratio": figure.ratio,
    }


if __name__ == "__main__":
    main()
