#!/usr/bin/env python3
"""Instructions of each verb, counted by valgrind with the scripted driver.

--check compares them with budget.json, --update writes what was counted there; else they are
printed. --top N adds the functions in which they were spent. There is a budget for each kind of
build: RelWithDebInfo is what is installed, Debug what the tests are built as.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BRANCHES = 100
TOLERANCE = 0.05
BUDGET = pathlib.Path(__file__).with_name("budget.json")
# What belongs to the measurement and not to what is measured.
OURS = re.compile(r"/(libscripted_driver\.so|verbs_program)$")

# (verb, course of verbs_program, guard, function that is the verb)
RUNS = tuple(
    (f"guard={guard} {verb}", course, guard, function)
    for guard in ("full", "light")
    for verb, course, function in (
        ("xa_start", "two-phases", "xaodbc::xa::start_entry*"),
        ("xaodbc_connection", "two-phases", "xaodbc_connection"),
        ("xa_end", "two-phases", "xaodbc::xa::end_entry*"),
        ("xa_prepare", "two-phases", "xaodbc::xa::prepare_entry*"),
        ("xa_commit", "two-phases", "xaodbc::xa::commit_entry*"),
        ("xa_commit TMONEPHASE", "one-phase", "xaodbc::xa::commit_entry*"),
        ("xa_rollback", "rolled-back", "xaodbc::xa::rollback_entry*"),
    )
)

NAME = re.compile(r"\((\d+)\)(?: (.*))?")


class Profile:
    """Own instructions of functions, from a file of callgrind."""

    def __init__(self, path):
        self.names = {}
        self.by_function = collections.Counter()
        self.by_object = collections.Counter()
        with open(path, encoding="utf-8", errors="replace") as lines:
            self._read(lines)

    def _name(self, kind, text):
        number, name = NAME.match(text).groups()
        if name is not None:
            self.names[kind, number] = name
        return self.names[kind, number]

    def _read(self, lines):
        where, function, of_a_call = "", "", False
        for line in lines:
            key, _, text = line.rstrip("\n").partition("=")
            if key == "ob":
                where = self._name("ob", text)
            elif key == "fn":
                function = self._name("fn", text)
            elif key == "cob":
                self._name("ob", text)
            elif key == "cfn":
                self._name("fn", text)
            elif key == "calls":
                of_a_call = True
            elif line[0].isdigit() or line[0] in "+-*":
                if not of_a_call and not OURS.search(where):
                    cost = int(line.split()[1])
                    self.by_function[function, os.path.basename(where)] += cost
                    self.by_object[os.path.basename(where)] += cost
                of_a_call = False


def profile(program, course, guard, function):
    with tempfile.TemporaryDirectory() as directory:
        out = os.path.join(directory, "callgrind.out")
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--collect-atstart=no", f"--toggle-collect={function}",
             f"--callgrind-out-file={out}", program, course, str(BRANCHES), guard],
            env=os.environ | {"LD_BIND_NOW": "1"}, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            sys.exit(f"valgrind: {done.stderr}")
        return Profile(out)


def measure(program, top):
    counted = {}
    for name, course, guard, function in RUNS:
        found = profile(program, course, guard, function)
        counted[name] = round(sum(found.by_object.values()) / BRANCHES)
        shares = ", ".join(f"{where} {cost // BRANCHES}"
                           for where, cost in found.by_object.most_common(4))
        print(f"{name:<34} {counted[name]:>8}   {shares}", flush=True)
        for (inner, where), cost in found.by_function.most_common(top):
            print(f"    {cost / BRANCHES:>8.0f}  {where}  {inner[:110]}")
    return counted


def check(counted, budget):
    """What is wrong, one line each."""
    for name, count in counted.items():
        allowed = budget.get(name)
        if allowed is None:
            yield f"{name}: no budget; run with --update"
        elif count > allowed * (1 + TOLERANCE):
            yield (f"{name}: {count} instructions, {count / allowed - 1:+.1%} on the budget of"
                   f" {allowed}; make it cheaper, or say in the commit why it has to cost more and"
                   " run with --update")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="verbs_program")
    parser.add_argument("--build", default="RelWithDebInfo", help="its kind (default: %(default)s)")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--top", type=int, default=0)
    arguments = parser.parse_args()
    counted = measure(arguments.program, arguments.top)
    budgets = json.loads(BUDGET.read_text(encoding="utf-8"))
    if arguments.update:
        budgets[arguments.build] = counted
        BUDGET.write_text(json.dumps(budgets, indent=2) + "\n", encoding="utf-8")
    if not arguments.check:
        return 0
    wrong = list(check(counted, budgets.get(arguments.build, {})))
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
