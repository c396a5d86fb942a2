# SPDX-License-Identifier: Apache-2.0
"""What judge-bench counted, for people: tables for docs/judging.md, one CSV with bounds, one plot.
usage: report.py [--check] [--csv FILE] [--plot FILE] [--page PAGE.md] COUNTS.csv...
Prints the tables. With --check it ends with 1 and says which of the targets below is missed; with --page it ends with 1
unless the page shows these tables."""
import argparse
import collections
import contextlib
import csv
import io
import math
import subprocess
import sys

OURS = "ecswatch"
SUSTAIN = 60
# What docs/judging.md promises.
FALSE_MOST, BOUND_MOST = 0.001, 0.002
FAST_FIRST, FAST_PERMANENT = SUSTAIN + 20, 25
RIGHT_LEAST = 0.99
PERMANENT = ("no such image", "no such secret", "no such log group", "no such program")
WITHIN_30_S = ("exits at 5 s", "exits at 5 s: no rolloutState", "out of memory at 20 s")


def log_choose(n, k):
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def at_most(k, n, p):
    """The probability of k or fewer of n."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return float(k >= n)
    return sum(math.exp(log_choose(n, i) + i * math.log(p) + (n - i) * math.log1p(-p)) for i in range(k + 1))


def upper_bound(k, n):
    """The exact upper 95 % bound (Clopper and Pearson) of the share of which k of n were seen."""
    if n == 0 or k >= n:
        return 1.0
    low, high = k / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(k, n, middle) > 0.05 else (low, middle)
    return high


class Count(collections.Counter):
    """Lines of one rule added up; medians of the lines kept with their desired counts."""

    def __init__(self):
        super().__init__()
        self.medians = {}

    def take(self, line):
        for name in ("runs", "bad", "failed", "rolled_back", "missed", "right_cause"):
            self[name] += int(line[name])
        if line["p50"]:
            self.medians[int(line["desired"])] = float(line["p50"])

    def share(self, name, of):
        return self[name] / self[of] if self[of] else 0.0

    def bound(self, name, of):
        return upper_bound(self[name], self[of])


def read(paths):
    lines = []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            lines += csv.DictReader(file)
    return lines


def add_up(lines, keys):
    counts = collections.defaultdict(Count)
    for line in lines:
        counts[tuple(line[key] for key in keys)].take(line)
    return counts


def percent(share):
    if share == 0:
        return "0"
    if share < 0.0001:  # seen once in a while is not never
        return f"{share * 100:.1g} %"
    return f"{share * 100:.2f} %" if share < 0.1 else f"{share * 100:.0f} %"


def names(lines, column, kinds):
    return list(dict.fromkeys(line[column] for line in lines if line["kind"] in kinds))


def letters(rules):
    """References have a letter each in the tables' heads."""
    return [chr(ord("A") + i) for i in range(len(rules) - 1)]


def print_rules(lines):
    rules = names(lines, "rule", ("good", "bad"))
    for letter, rule in zip(letters(rules), rules[1:]):
        print(f"- **{letter}**: {rule}")
    print()


def print_good(lines):
    rules = names(lines, "rule", ("good", "beyond"))
    counts = add_up(lines, ("cell", "rule"))
    print("| deployment that is good | runs | " + " | ".join([f"{OURS} (upper bound)"] + letters(rules)) + " |")
    print("|---|---|" + "---|" * len(rules))
    for cell in names(lines, "cell", ("good",)) + names(lines, "cell", ("beyond",)):
        ours = counts[cell, OURS]
        row = [f"{percent(ours.share('rolled_back', 'runs'))} ({percent(ours.bound('rolled_back', 'runs'))})"]
        row += [percent(counts[cell, rule].share("rolled_back", "runs")) for rule in rules[1:]]
        print(f"| {cell} | {ours['runs']} | " + " | ".join(row) + " |")


def seconds(count, desired):
    return f"{count.medians[desired]:.0f}" if desired in count.medians else "-"


def print_bad(lines, shown):
    lines = [line for line in lines if line["kind"] == "bad" and line["percent"] == shown]
    rules = names(lines, "rule", ("bad",))
    counts = add_up(lines, ("cell", "rule"))
    print(f"| {shown} % of the attempts fail | runs | {OURS}: missed (upper bound) | right cause | seconds at 1 | at 10 | at 1,000 | " +
          " | ".join(letters(rules)) + " |")
    print("|---|---|---|---|---|---|---|" + "---|" * (len(rules) - 1))
    for cell in names(lines, "cell", ("bad",)):
        ours = counts[cell, OURS]
        row = [f"{percent(ours.share('missed', 'bad'))} ({percent(ours.bound('missed', 'bad'))})", percent(ours.share("right_cause", "failed"))]
        row += [seconds(ours, desired) for desired in (1, 10, 1000)]
        row += [percent(counts[cell, rule].share("missed", "bad")) for rule in rules[1:]]
        print(f"| {cell} | {ours['bad']} | " + " | ".join(row) + " |")


def write_csv(lines, path):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [name for name in lines[0] if not name.endswith("_bound")] + ["rolled_back_bound", "missed_bound"], lineterminator="\n")
        writer.writeheader()
        for line in lines:
            rolled_back = upper_bound(int(line["rolled_back"]), int(line["runs"]))
            missed = upper_bound(int(line["missed"]), int(line["bad"])) if int(line["bad"]) else ""
            line = {name: line[name] for name in line if not name.endswith("_bound")}
            writer.writerow(line | {"rolled_back_bound": f"{rolled_back:.5f}", "missed_bound": f"{missed:.5f}" if missed != "" else ""})


PLOT = """set terminal svg size 860,480 font "sans-serif,13" background "white"
set output "{path}"
set logscale xy
set xrange [0.000002:1.5]
set yrange [0.6:6000]
set format x "%g"
set format y "%g"
set xtics ("none" {none}, "1 in 10,000" 0.0001, "1 in 1,000" 0.001, "1 in 100" 0.01, "1 in 10" 0.1, "all" 1)
set ytics add ("never" {never})
set xlabel "share of good deployments rolled back"
set ylabel "seconds to the verdict, median"
set grid
$points << EOD
{points}
EOD
plot $points using 1:2 with points pointtype 7 pointsize 1.2 notitle, \\
     $points using 1:2:3 with labels center offset 0,1 notitle
"""
NONE, AT_ONCE, NEVER = 0.000005, 1, 2500  # where the plot shows what a logarithm cannot


def median_delay(lines, rule):
    """Over the bad cells at 100 %, a line a desired count; what missed its half is never."""
    delays = []
    for line in lines:
        if line["kind"] != "bad" or line["rule"] != rule or line["percent"] != "100" or not int(line["bad"]):
            continue
        told = line["p50"] and int(line["missed"]) * 2 < int(line["bad"])
        delays.append(float(line["p50"]) if told else math.inf)
    return sorted(delays)[len(delays) // 2] if delays else math.inf


def write_plot(lines, path):
    """Each rule a point, named as in the tables; what falls on one point shares it."""
    good = add_up([line for line in lines if line["kind"] == "good"], ("rule",))
    rules = names(lines, "rule", ("good", "bad"))
    points = collections.defaultdict(list)
    for letter, rule in zip([OURS] + letters(rules), rules):
        share, delay = good[(rule,)].share("rolled_back", "runs"), median_delay(lines, rule)
        points[f"{max(share, NONE):.6f} {min(max(delay, AT_ONCE), NEVER):.1f}"].append(letter)
    shown = "\n".join(f'{at} "{" ".join(who)}"' for at, who in points.items())
    script = PLOT.format(path=path, points=shown, none=NONE, never=NEVER)
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def complaints(lines):
    """What docs/judging.md promises and does not hold."""
    ours = [line for line in lines if line["rule"] == OURS]
    for (cell, kind), count in add_up(ours, ("cell", "kind")).items():
        share, bound = count.share("rolled_back", "runs"), count.bound("rolled_back", "runs")
        enough = upper_bound(0, count["runs"]) <= BOUND_MOST  # fewer runs cannot show it
        if kind == "good" and (share > FALSE_MOST or (enough and bound > BOUND_MOST)):
            yield f"{cell}: {percent(share)} rolled back, at most {percent(bound)}"
    for line in ours:
        if line["kind"] != "bad" or line["percent"] == "50":
            continue
        where = f"{line['cell']}, {line['percent']} %, desired {line['desired']}"
        if int(line["missed"]):
            yield f"{where}: {line['missed']} of {line['bad']} missed"
        if int(line["failed"]) and int(line["right_cause"]) < RIGHT_LEAST * int(line["failed"]):
            yield f"{where}: the cause is right in {line['right_cause']} of {line['failed']}"
    for (cell, shown), count in add_up(ours, ("cell", "percent")).items():
        most = FAST_PERMANENT if cell in PERMANENT else FAST_FIRST if cell in WITHIN_30_S else math.inf
        medians = sorted(count.medians.values())
        if shown == "100" and medians and medians[len(medians) // 2] > most:
            yield f"{cell}: {medians[len(medians) // 2]} s to the verdict, {most} are wanted"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--csv")
    parser.add_argument("--plot")
    parser.add_argument("--page")
    parser.add_argument("counts", nargs="+")
    arguments = parser.parse_args()
    lines = read(arguments.counts)
    if not lines:
        print("report.py: nothing was counted", file=sys.stderr)
        return 1
    tables = io.StringIO()
    with contextlib.redirect_stdout(tables):
        print_rules(lines)
        print_good([line for line in lines if line["kind"] != "bad"])
        for shown in ("100", "80"):
            print()
            print_bad(lines, shown)
    print(tables.getvalue(), end="")
    if arguments.csv:
        write_csv(lines, arguments.csv)
    if arguments.plot:
        write_plot(lines, arguments.plot)
    found = list(complaints(lines)) if arguments.check else []
    if arguments.page:
        with open(arguments.page, encoding="utf-8") as file:
            if tables.getvalue() not in file.read():
                found.append(f"{arguments.page} does not show these tables: put them there")
    for complaint in found:
        print(complaint, file=sys.stderr)
    return 1 if found else 0


sys.exit(main())
