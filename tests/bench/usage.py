# SPDX-License-Identifier: Apache-2.0
"""What a running daemon has used so far."""
import os
import re

import harness

TICKS = os.sysconf("SC_CLK_TCK")


def wake_ups(process):
    """How often its threads began to wait and were woken: voluntary context switches."""
    total = 0
    for task in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{task}/status", encoding="ascii") as file:
            total += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", file.read(), re.M).group(1))
    return total


def usage_of(process, folder):
    """CPU seconds, wake-ups and transactions so far, and what it holds and held of memory in MiB."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        status = dict(line.split(":", 1) for line in file)
    mebibytes = {name: int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")}
    told = dict(re.findall(r"^ecswatch_ledger_(commits|syncs)_total (\S+)$", harness.exposition(folder), re.M))
    return {"wake_ups": wake_ups(process), **{name: float(value) for name, value in told.items()},
            "user": int(fields[11]) / TICKS, "system": int(fields[12]) / TICKS, **mebibytes}
