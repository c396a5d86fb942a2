#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ecswatchctl against a socket that answers as the daemon does. Prints TAP.

usage: check_ctl.py ECSWATCHCTL
"""
import http.server
import json
import os
import socketserver
import subprocess
import sys
import tempfile
import threading

SERVICES = {"version": "0.1.0", "services": [
    {"cluster": "c", "service": "web", "state": "watching", "mode": "enforce",
     "rollout": {"task_definition": "arn:aws:ecs:r:1:task-definition/web:7", "started_at": "T"},
     "verdict": {"verdict": "progressing", "summary": "1 of 2 \u2013 \u001b[31mred"}},
    {"cluster": "c", "service": "new"}]}
DEPLOYMENTS = {"deployments": [{"cluster": "c", "service": "web", "verdict": "failed",
                                "cause": "app_exit", "started_at": "T", "kind": "deploy"}]}
STORY = {
    "deployment": {"cluster": "c", "service": "web", "deployment": "ecs-svc/2", "rollout": 1, "kind": "deploy",
                   "task_definition": "arn:aws:ecs:r:1:task-definition/web:2", "started_at": "2026-11-23T01:00:00Z",
                   "previous_task_definition": "arn:aws:ecs:r:1:task-definition/web:1", "verdict": "failed",
                   "cause": "app_exit", "summary": "4 of 4 \u001b[31mfailed", "policy": "standard", "mode": "enforce",
                   "ended_at": "2026-11-23T01:03:00Z", "counts": {"attempts": 4, "failed": 4},
                   "judge": {"rule": "count", "failures": 4, "limit": 3},
                   "actions": [{"action": "rollback", "method": "update_service", "state": "done", "deployment": "ecs-svc/3",
                                "to": "arn:aws:ecs:r:1:task-definition/web:1"}]},
    "events": [{"type": "ecswatch.rollback.succeeded", "time": "2026-11-23T01:04:00Z", "data": {"summary": "it is back"}},
               {"type": "ecswatch.deployment.failed", "time": "2026-11-23T01:02:00Z", "data": {
                   "summary": "4 of 4 failed", "action": {"action": "rollback", "state": "intended"},
                   "evidence": [{"count": 4, "cause": "app_exit", "container": "app", "exit_code": 1,
                                 "stopped_reason": "Essential container in task exited"}]}}]}
EXPLAINED = {"deployment": STORY["deployment"] | {
    "explanation": ["because", "and \u001b[31mwhy"],
    "last_words": {"task": "arn:aws:ecs:r:1:task/c/0123", "container": "app", "log": ["no database", "\u0007bye"]}}, "events": []}
ASKED = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ASKED.append(self.path)
        path = self.path.split("?")[0]
        status, body = {"/api/v1/services": (200, SERVICES),
                        "/api/v1/story": (200, STORY),
                        "/api/v1/deployments": (200, DEPLOYMENTS)}[path]
        if "service=explained" in self.path:
            body = EXPLAINED
        if "cluster=bad" in self.path:
            status, body = 400, {"detail": "no such cluster"}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def address_string(self):
        return "socket"

    def log_message(self, *_):
        pass


def run(program, *arguments, socket=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ECSWATCH_"))}
    if socket:
        environment["ECSWATCH_SOCKET"] = socket
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True,
                          timeout=60)


# name, arguments, exit code, on standard output, on standard error, asked for
CASES = [
    ("status", ["status"], 0, "c        web      watching  web:7", "", "/api/v1/services"),
    ("absent members", ["status"], 0, "c        new      -         -", "", None),
    ("control characters", ["status"], 0, "1 of 2 \u2013 ?[31mred", "", None),
    ("status of one", ["status", "c/we b"], 0, "web", "", "/api/v1/services?cluster=c&service=we%20b"),
    ("json", ["status", "--json"], 0, '{"version":"0.1.0"', "", None),
    ("history", ["history", "c", "--limit", "5"], 0, "failed   app_exit", "",
     "/api/v1/deployments?limit=5&cluster=c"),
    ("refused", ["status", "bad"], 1, "", "the daemon answered 400: no such cluster", None),
    ("bad limit", ["history", "--limit", "0"], 64, "", "write a number from 1 to 1000", None),
    ("unknown option", ["status", "--nope"], 64, "", "nope", None),
    ("watch of history", ["history", "--watch"], 64, "", "--watch is for status", None),
    ("explain: whom", ["explain", "c/web"], 0,
     "c/web  ecs-svc/2  web:1 -> web:2\nfailed (app_exit): 4 of 4 ?[31mfailed\n", "", "/api/v1/story?cluster=c&service=web"),
    ("explain: in time's order", ["explain", "c/web"], 0, """Timeline
  2026-11-23T01:00:00Z  created in ECS
  2026-11-23T01:02:00Z  failed: 4 of 4 failed
  2026-11-23T01:03:00Z  not PRIMARY any more
  2026-11-23T01:04:00Z  rollback succeeded: it is back
""", "", None),
    ("explain: evidence", ["explain", "c/web"], 0,
     "  4 x app_exit, container app, exit code 1\n      ECS: Essential container in task exited\n", "", None),
    ("explain: rule", ["explain", "c/web"], 0,
     "  count: 4 failed attempts, and 3 are needed\n\nDecision", "", None),
    ("explain: why", ["explain", "c/explained"], 0, "Rule\n  because\n  and ?[31mwhy\n\nDecision", "", None),
    ("explain: last words", ["explain", "c/explained"], 0,
     "Last words of container app of task 0123\n  no database\n  ?bye\n", "", None),
    ("explain: decision", ["explain", "c/web"], 0,
     "Decision\n  rollback to web:1 by update_service: done; it made ecs-svc/3\n\n", "", None),
    ("explain: not watched now", ["explain", "c/web"], 0, "Now\n  the service is not watched any more\n", "", None),
    ("explain one of last week", ["explain", "c/web", "--deployment", "ecs-svc/2", "--json"], 0, '{"deployment":', "",
     "/api/v1/story?cluster=c&service=web&deployment=ecs-svc%2F2"),
    ("of a later version", ["doctor"], 64, "", "doctor is not supported yet", None),
    ("protocol", ["protocol"], 0, "looked again                              call     PRIMARY is still the judged one", "", None),
    ("protocol as JSON", ["protocol", "--json"], 0, '"step":"call"', "", None),
    ("protocol of something", ["protocol", "web"], 64, "", "usage: ecswatchctl protocol", None),
    ("hold without a reason", ["hold", "c/web"], 64, "", "say why: ecswatchctl hold CLUSTER[/SERVICE] --reason TEXT", None),
    ("hold with an empty reason", ["hold", "c/web", "--reason", ""], 64, "", "--reason is empty; say why", None),
    ("hold for ever so long", ["hold", "c", "--reason", "x", "--for", "long"], 64, "", "--for is \"long\"; write a duration", None),
    ("reason of another command", ["unhold", "c/web", "--reason", "x"], 64, "", "--reason is for hold", None),
    ("approve no service", ["approve", "c"], 64, "", "name the service: ecswatchctl approve CLUSTER/SERVICE", None),
    ("option before the command", ["--json", "status"], 0, '{"version":"0.1.0"', "", None),
    ("options on both sides", ["--limit", "5", "history", "c"], 0, "failed   app_exit", "",
     "/api/v1/deployments?limit=5&cluster=c"),
    ("wait for nothing", ["wait", "c/web"], 64, "", "say what to wait for: --deployment ID, ", None),
    ("wait for two things", ["wait", "c/web", "--next", "--deployment", "x"], 64, "", "say what to wait for", None),
    ("wait for no service", ["wait", "c", "--next"], 64, "", "name the service: ecswatchctl wait CLUSTER/SERVICE", None),
    ("bad timeout", ["wait", "c/web", "--next", "--timeout", "x"], 64, "", "write a duration such as 30m", None),
    ("bad since", ["wait", "c/web", "--task-definition", "web:7", "--since", "now"], 64, "", "write a time such as", None),
    ("limit of another command", ["status", "--limit", "5"], 64, "", "--limit is for history", None),
    ("time-out of another command", ["explain", "c/web", "--timeout", "5s"], 64, "", "--timeout is for wait", None),
    ("option of another command", ["status", "--next"], 64, "", "--next is for wait", None),
    ("unknown command", ["stauts"], 64, "", 'no command "stauts"', None),
    ("no command", [], 64, "", "usage: ecswatchctl", None),
    ("help", ["--help"], 0, "check-config", "", None),
    ("no daemon", ["status", "--socket", "/nonexistent/socket"], 4, "",
     "no daemon answers at /nonexistent/socket; start it", None),
]


def main():
    program = sys.argv[1]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s")
        with socketserver.ThreadingUnixStreamServer(path, Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            print(f"1..{len(CASES)}")
            for number, (name, arguments, code, out, err, asked) in enumerate(CASES, 1):
                ASKED.clear()
                got = run(program, *arguments, socket=path)
                ok = (got.returncode == code and out in got.stdout and err in got.stderr
                      and "\x1b" not in got.stdout and (asked is None or ASKED == [asked]))
                failed += not ok
                print(f"{'ok' if ok else 'not ok'} {number} - {name}")
                if not ok:
                    print(f"# {got.returncode} {got.stdout!r} {got.stderr!r} {ASKED}")
            server.shutdown()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
