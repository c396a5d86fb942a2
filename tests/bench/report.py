# SPDX-License-Identifier: Apache-2.0
"""How a benchmark ends: its table on standard output, what is not as promised on standard error."""
import sys
import tempfile

import harness


def table(rows):
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"| {name:<{width}} | {value} |")


def run(name, measured):
    """Exits: 0 if `measured`, which is given a folder of its own, returns no problems."""
    try:
        with tempfile.TemporaryDirectory(prefix=f"ecswatch-{name}-") as folder:
            problems = measured(folder)
    except harness.Failure as failure:
        problems = [str(failure)]
    for problem in problems:
        print(f"{name}: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)
