#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on an #include that goes the wrong way: docs/architecture.md has the same table in words."""
import os
import re
import sys

# What each layer may include besides itself. lib/ is written as its headers are: "base" is lib/base.
BASICS = {"base", "words"}
WORLD = {"daemon"}  # daemon/child.h, clock.h, faults.h, log.h, metrics.h: what every part of the daemon may use
LAYERS = {
    "base": set(),
    "words": {"base"},
    "config": BASICS,
    "judge": BASICS,
    "aws": BASICS,
    "event": BASICS,
    "act": BASICS,
    "schedule": BASICS,
    "sim": {"base"},
    "daemon/http": {"base"} | WORLD,
    "daemon/aws": {"daemon/http", "aws", "schedule"} | BASICS | WORLD,
    "daemon/ledger": BASICS | WORLD,
    "daemon/poll": {"daemon/aws", "aws", "schedule"} | BASICS | WORLD,
    "daemon/act": {"daemon/aws", "daemon/ledger", "act", "aws"} | BASICS | WORLD,
    "daemon/notify": {"daemon/http", "daemon/aws", "daemon/ledger", "event"} | BASICS | WORLD,
    "daemon/api": {"daemon/ledger", "event"} | BASICS | WORLD,
    "daemon/watch": {"daemon/act", "daemon/api", "daemon/aws", "daemon/ledger", "daemon/notify", "daemon/poll", "act",
                     "config", "event", "judge"} | BASICS | WORLD,
    "daemon/fleet": {"daemon/watch", "daemon/poll", "daemon/aws", "daemon/api", "daemon/ledger", "config"} | BASICS | WORLD,
    "daemon/hints": {"daemon/aws", "aws"} | BASICS | WORLD,
    "daemon/config_files": {"config"} | BASICS,
    "tools/ecs-sim": {"base", "sim"},
    "tools/ecswatchctl": {"daemon/config_files", "act", "aws", "config", "event", "judge"} | BASICS,
}
LIB = {layer for layer in LAYERS if "/" not in layer}
# clock, faults, log and metrics stand below every other part of the daemon; the rest of daemon/ (manager, main) above.
LOW_IN_DAEMON = {"daemon/child", "daemon/clock", "daemon/faults", "daemon/log", "daemon/metrics"}

# Of the judge's stages each knows only those before it: a verdict must not depend on what could be done about it.
JUDGE_STAGES = [
    {"wordings", "classify"},
    {"evidence", "evidence_fields", "evidence_add", "evidence_count", "evidence_events", "evidence_fold", "evidence_forget", "evidence_lines", "case", "last_words"},
    {"learn", "line", "tally", "rule", "succession", "summary", "explain", "judge", "verdict"},
    {"change", "course", "missed", "target", "remedy", "restart", "inhibit", "decide", "question", "objection", "way"},
]

# Headers that let code touch the world; lib/ has none of them.
WORLDLY = re.compile(
    r"systemd/|curl/|sqlite3|microhttpd|syslog\.h|time\.h|sys/time|sys/socket|sys/un|sys/ioctl|sys/random|netdb|"
    r"netinet/|fcntl\.h|unistd\.h|poll\.h|sys/epoll|sys/stat|sys/file|sys/mman|dirent|signal\.h|pthread|threads\.h|"
    r"spawn\.h|sys/wait|locale\.h|pwd\.h|grp\.h|openssl/rand|openssl/ssl"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def layer_of(path):
    """The layer that a file or an included header stands in."""
    folder, name = os.path.split(path)
    folder = folder.removeprefix("lib/")
    if folder == "daemon" and os.path.splitext(path)[0] in LOW_IN_DAEMON:
        return "daemon"
    if os.path.splitext(path)[0] == "daemon/config_files":  # ecswatchctl reads files as the daemon does
        return "daemon/config_files"
    return "top" if folder == "daemon" else folder


def stage_of(path):
    stem = os.path.splitext(os.path.basename(path))[0]
    for number, stems in enumerate(JUDGE_STAGES):
        if stem in stems:
            return number
    return None


def check(path, lines):
    """Yields what is wrong with one file, as 'path:line: message'."""
    layer = layer_of(path)
    if layer != "top" and layer != "daemon" and layer not in LAYERS:
        yield f"{path}:1: folder {layer} is in no layer: add it to tests/layers/includes.py and docs/architecture.md"
        return
    if layer == "judge" and stage_of(path) is None:
        yield f"{path}:1: {os.path.basename(path)} is in no stage of the judge: add it to tests/layers/includes.py"
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, header = found.groups()
        if quote == "<":
            if layer in LIB and WORLDLY.match(header):
                yield f"{path}:{number}: lib/ touches the world through <{header}>"
            continue
        if "/" not in header:  # a neighbour in the same folder, or config.h of the build
            if layer in LIB:
                yield f'{path}:{number}: "{header}" does not name its layer'
            continue
        other = layer_of(header)
        if other == layer or layer == "top":
            continue
        if layer == "daemon":
            if other != "base":
                yield f'{path}:{number}: {os.path.basename(path)} stands below every part of the daemon, not on "{header}"'
            continue
        if other not in LAYERS[layer]:
            yield f'{path}:{number}: {layer} may not include "{header}"'
    if layer == "judge":
        yield from check_stages(path, lines)


def check_stages(path, lines):
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found or not found.group(2).startswith("judge/"):
            continue
        mine, other = stage_of(path), stage_of(found.group(2))
        if mine is not None and other is not None and other > mine:
            yield f'{path}:{number}: stage {mine} of the judge may not include "{found.group(2)}" of stage {other}'


def sources(root):
    for top in ("lib", "daemon", "tools"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


# What must be found, and what must not: (file, line, is it wrong).
PLANTED = [
    ("lib/base/text.c", '#include "words/cause.h"', True),
    ("lib/words/cause.c", '#include "base/text.h"', False),
    ("lib/judge/verdict.c", '#include "aws/error.h"', True),
    ("lib/judge/verdict.c", '#include "daemon/log.h"', True),
    ("lib/judge/classify.c", '#include "judge/evidence.h"', True),
    ("lib/judge/tally.c", '#include "judge/decide.h"', True),
    ("lib/judge/decide.c", '#include "judge/change.h"', False),
    ("lib/judge/novelty.c", "", True),
    ("lib/sim/sim.c", '#include "words/facts.h"', True),
    ("lib/aws/sigv4.c", "#include <systemd/sd-event.h>", True),
    ("lib/aws/sigv4.c", "# include <curl/curl.h>", True),
    ("lib/event/event.c", "#include <sqlite3.h>", True),
    ("lib/base/time.c", "#include <time.h>", True),
    ("lib/base/time.c", "#include <stdint.h>", False),
    ("lib/base/time.c", '#include "text.h"', True),
    ("lib/novelty/a.c", "", True),
    ("daemon/http/http.c", '#include "daemon/aws/client.h"', True),
    ("daemon/http/http.c", '#include "aws/error.h"', True),
    ("daemon/ledger/rows.c", '#include "judge/evidence.h"', True),
    ("daemon/api/api.c", '#include "daemon/watch/watch.h"', True),
    ("daemon/act/act.c", '#include "daemon/manager.h"', True),
    ("daemon/notify/notify.c", '#include "daemon/log.h"', False),
    ("daemon/clock.c", '#include "daemon/ledger/ledger.h"', True),
    ("daemon/watch/watch.c", '#include "judge/judge.h"', False),
    ("daemon/watch/watch.c", '#include "daemon/http/http.h"', True),
    ("daemon/watch/watch.c", '#include "daemon/fleet/fleet.h"', True),
    ("daemon/config_files.c", '#include "daemon/ledger/ledger.h"', True),
    ("tools/ecswatchctl/judge.c", '#include "judge/judge.h"', False),
    ("tools/ecswatchctl/judge.c", '#include "daemon/ledger/ledger.h"', True),
    ("tools/ecs-sim/api.c", '#include "aws/sigv4.h"', True),
]


def self_test():
    missed = [row for row in PLANTED if bool(list(check(row[0], [row[1]]))) != row[2]]
    for path, line, wrong in missed:
        print(f"self-test: {path}: {line or '(empty)'}: {'not found' if wrong else 'wrongly found'}")
    return not missed


def main():
    root = sys.argv[1]
    good = self_test()
    wrong = []
    count = 0
    for path in sources(root):
        count += 1
        with open(os.path.join(root, path), encoding="utf-8") as file:
            wrong += check(path, file.read().splitlines())
    for line in wrong:
        print(line)
    if count < 50:
        print(f"only {count} sources below {root}: looked in the wrong place")
        good = False
    return 0 if good and not wrong else 1


sys.exit(main())
