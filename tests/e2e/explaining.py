#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Why a deployment failed, as events and ecswatchctl tell it.
usage: explaining.py --list | explaining.py ECSWATCHD ECS-SIM ECSWATCHCTL CASE"""
import sys

import harness
import stage as stages
from row import deploy, service

WROTE = ["starting", "connecting to postgres://app:hunter2@db/app", "FATAL: no such database"]
TOLD = ["starting", "connecting to postgres://app:***@db/app", "FATAL: no such database"]


def last_words(stage):
    """What the failed container wrote last is in the event and in explain, also after a restart; its password is not."""
    stage.simulator.step(deploy("web:2"))
    failed = stage.await_told("deployment.failed")
    logs = [line["log"] for line in failed["evidence"] if "log" in line]
    if logs != [TOLD]:
        raise harness.Failure(f"the failed deployment tells {failed['evidence']}")
    stage.await_told("rollback.succeeded")
    asked = [call for call in stage.simulator.calls() if call["operation"] == "GetLogEvents"]
    if len(asked) != 1 or asked[0]["request"]["limit"] != 20:
        raise harness.Failure(f"the log was asked for by {asked}")
    arguments = ("explain", "default/web", "--deployment", failed["deployment"])
    stage.says("\n  ".join([f"Last words of container app of task {failed['evidence'][0]['task'].rpartition('/')[2]}", *TOLD]), *arguments)
    stage.daemon.end()
    looks = len(stage.simulator.calls())
    stage.daemon.start()
    harness.wait("a look", lambda: len(stage.simulator.calls()) > looks, harness.START_SECONDS)
    stage.says("FATAL: no such database", *arguments)


CASES = {
    "last_words": ({"scenario": {"services": [service()],
                                 "task_definitions": {"web:1": {}, "web:2": {"behaviour": stages.CRASHES["behaviour"] | {"log": WROTE}}}},
                    "services": ["web"]}, last_words),
}

if __name__ == "__main__":
    sys.exit(stages.main(CASES, __doc__, sys.argv[1:]))
