#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails unless the journal catalog explains every MESSAGE_ID of the table of event types, and no other.
usage: catalog.py EVENT_TYPE.C CATALOG"""
import re
import sys

SUBJECT_MAX = 100


def ids_of_table(text):
    return re.findall(r'PREFIX\s*"([a-z_.]+)",\s*"([0-9a-f]{32})"', text)


def ids_of_catalog(text):
    return re.findall(r"^-- ([0-9a-f]{32})\nSubject: (.+)\nDefined-By: ecswatchd\n(?:[A-Z][A-Za-z-]+: .+\n)*\n\S", text, re.M)


def check(table, catalog):
    rows, entries = ids_of_table(table), ids_of_catalog(catalog)
    names, explained = {i: name for name, i in rows}, {i: subject for i, subject in entries}
    if len(names) != len(rows):
        yield "two event types share a MESSAGE_ID"
    if len(explained) != len(entries):
        yield "the catalog explains a MESSAGE_ID twice"
    if len(entries) != len(re.findall(r"^-- ", catalog, re.M)):
        yield "an entry of the catalog has no Subject, Defined-By and text"
    if len(rows) != len(re.findall(r"^\s*\[EVENT_", table, re.M)):
        yield "a row of the table has no name and MESSAGE_ID that can be read"
    for i, name in names.items():
        if i not in explained:
            yield f"{name} ({i}) is not in the catalog"
    for i, subject in explained.items():
        if i not in names:
            yield f"the catalog explains {i} ({subject}), which no event has"
        if len(subject) > SUBJECT_MAX:
            yield f"the subject of {i} is longer than {SUBJECT_MAX} characters"


ROW = '        [EVENT_A] = {PREFIX "a.b", "0123456789abcdef0123456789abcdef", 3},\n'
ENTRY = "\n-- 0123456789abcdef0123456789abcdef\nSubject: A\nDefined-By: ecswatchd\n\nText.\n"
PLANTED = [
    ("both agree", ROW, ENTRY, False),
    ("not in the catalog", ROW, "", True),
    ("not in the table", "", ENTRY, True),
    ("twice in the catalog", ROW, ENTRY + ENTRY, True),
    ("twice in the table", ROW + ROW, ENTRY, True),
    ("one digit differs", ROW, ENTRY.replace("-- 0", "-- 1"), True),
    ("no text", ROW, ENTRY.replace("\nText.", ""), True),
    ("an id that cannot be read", ROW.replace("cdef\"", "cdeg\""), "", True),
]


def main():
    missed = [name for name, table, catalog, wrong in PLANTED if bool(list(check(table, catalog))) != wrong]
    with open(sys.argv[1], encoding="utf-8") as table, open(sys.argv[2], encoding="utf-8") as catalog:
        texts = table.read(), catalog.read()
    wrong = [f"self-test: {name}" for name in missed] + list(check(*texts))
    if not ids_of_table(texts[0]):
        wrong.append("no event type found")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


sys.exit(main())
