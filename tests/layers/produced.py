#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on a row of our tables that nothing produces: an event that nobody tells, a cause that no text leads to, a key of
the configuration that nobody reads, a metric that nobody counts, a command that no manual page knows.
usage: produced.py ROOT"""
import os
import re
import sys

# The configuration's values, and where their members must be read.
VALUES = {
    "lib/config/config.h": ["ConfigSecretFile", "ConfigReceiver", "ConfigService", "ConfigCluster", "Config"],
    "lib/words/policy.h": ["JudgeRule", "PolicyWhen", "PolicyEntry", "Policy"],
}
READERS = ("daemon/", "lib/judge/", "tools/", "lib/words/")
# Places that a person is shown; a member that only serves to find an entry again is read in lib/config alone.
ONLY_IN_CONFIG = {"arena", "line", "column", "file", "exclude", "n_exclude", "policies", "n_policies", "found",
                  "by_name"}


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def enumerators(text, prefix):
    return [name for name in dict.fromkeys(re.findall(rf"\b({prefix}[A-Z0-9_]+)\b", text)) if not name.endswith("_COUNT")]


def is_made(name, text):
    """It stands for itself somewhere: not as a case of a switch, nor as the index of a table's row."""
    return re.search(rf"(?<!case )(?<!\[)\b{name}\b", text) is not None


def events(sources):
    told = "".join(text for path, text in sources.items() if path.startswith(("daemon/", "lib/act/")))
    for name in enumerators(sources["lib/words/event_type.h"], "EVENT_"):
        if not is_made(name, told):
            yield f"{name}: nothing in daemon/ or lib/act tells it"


def causes(sources):
    judged = "".join(text for path, text in sources.items() if path.startswith("lib/judge/") and path.endswith(".c"))
    for name in enumerators(sources["lib/words/cause.h"], "CAUSE_"):
        if not is_made(name, judged):
            yield f"{name}: nothing in lib/judge leads to it"


def members(text, struct):
    body = re.search(rf"^struct {struct} \{{(.*?)^\}}", text, re.S | re.M)
    found = []
    for declaration in re.sub(r"\b(struct|enum|const|unsigned)\b|[{}]", ";", body.group(1)).split(";"):
        for part in declaration.split(","):
            name = re.search(r"(\w+)(\[\w+\])?\s*$", part.strip())
            if name and (" " in part.strip() or "*" in part or "," in declaration):
                found.append(name.group(1))
    return found


def keys(sources):
    read = "".join(text for path, text in sources.items() if path.startswith(READERS) and path.endswith(".c"))
    for path, structs in VALUES.items():
        for struct in structs:
            for name in members(sources[path], struct):
                if name not in ONLY_IN_CONFIG and not re.search(rf"(->|\.){name}\b", read):
                    yield f"{struct}.{name}: nobody reads it"


def metrics(sources):
    for path, text in sources.items():
        if not (path.startswith("daemon/") and path.endswith(".c")):
            continue
        for name in re.findall(r"^\s*\[(METRIC_\w+)\] =", text, re.M):
            folder = os.path.dirname(path)
            used = "".join(t for p, t in sources.items() if os.path.dirname(p) == folder and p.endswith(".c"))
            if not re.search(rf"metrics\[{name}\]", used):
                yield f"{path}: {name}: nobody counts it"


def commands(sources, page):
    table = re.search(r"\} COMMANDS\[\] = \{(.*?)\n\};", sources["tools/ecswatchctl/main.c"], re.S).group(1)
    for name, rest in re.findall(r'\{"([a-z-]+)",(.*?)\}', table, re.S):
        known = re.search(rf"(^|\s)\\?f?B?{re.escape(name)}\b", page.replace("\\-", "-"), re.M)
        if "NULL, NULL, NULL" not in rest and not known:
            yield f"ecswatchctl {name}: its manual page does not know it"


def check(sources, page):
    for each in (events, causes, keys, metrics):
        yield from each(sources)
    yield from commands(sources, page)


def read(root):
    sources = {}
    for top in ("lib", "daemon", "tools"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        sources[os.path.relpath(path, root)] = without_comments(file.read())
    with open(os.path.join(root, "docs/man/ecswatchctl.1"), encoding="utf-8") as file:
        return sources, file.read()


# What must be found: (file, from, to, what is said then).
PLANTED = [
    ("lib/words/event_type.h", "EVENT_WATCHER_BLIND,", "EVENT_WATCHER_BLIND, EVENT_PLANTED,", "EVENT_PLANTED"),
    ("lib/words/cause.h", "CAUSE_OOM,", "CAUSE_OOM, CAUSE_PLANTED,", "CAUSE_PLANTED"),
    ("lib/words/policy.h", "usec_t sustain, settle,", "usec_t sustain, planted, settle,", "JudgeRule.planted"),
    ("lib/config/config.h", "usec_t discover;", "usec_t discover; usec_t planted_too;", "Config.planted_too"),
    ("daemon/ledger/ledger.c", "[METRIC_WAIT] =", "[METRIC_PLANTED] = {},\n[METRIC_WAIT] =", "METRIC_PLANTED"),
    ("tools/ecswatchctl/main.c", '{"history", "', '{"planted", "x", "x", run}, {"history", "', "ecswatchctl planted"),
]


def main(root):
    sources, page = read(root)
    for path, old, new, said in PLANTED:
        if old not in sources[path]:
            print(f"{path} has no '{old}' any more: what is planted there must follow")
            return 1
        planted = dict(sources, **{path: sources[path].replace(old, new, 1)})
        found = list(check(planted, page))
        if not any(said in line for line in found):
            print(f"{said} was planted in {path} and not found")
            return 1
    found = list(check(sources, page))
    print("\n".join(found) if found else f"{len(sources)} files: every row of the tables is produced")
    return 1 if found else 0


sys.exit(main(sys.argv[1]))
