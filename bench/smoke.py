#!/usr/bin/env python3
"""Every scenario in tiny rounds: smoke.py XAODBC_BENCH. Fails unless all of them say something and
what they write is well-formed. The figures mean nothing."""

import json
import math
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

TINY = ["--rounds", "2", "--seconds", "0.05", "--threads", "1,2", "--delay", "1ms",
        "--in-doubt", "20", "--finished", "10,100", "--branches", "20000"]
# What must be there at least: scenario, setting, candidate.
EXPECTED = (
    ("transfer", "pg+pg", "guard=full"),
    ("transfer", "pg+pg +1ms", "guard=light"),
    ("transfer", "pg+mariadb", "guard=light"),
    ("logged", "pg+pg", "by hand, bare log"),
    ("logged", "pg+pg", "by hand, all records"),
    ("one-phase", "mariadb", "guard=full"),
    ("read-only", "pg1", "guard=full"),
    ("join", "pg1", "guard=light"),
    ("at-end", "mariadb", "guard=full"),
    ("sqlite", "local commit", "guard=full"),
    ("sqlite", "local commit", "extension by hand"),
    ("log", "bare loop", "branch log"),
    ("log", "group commit", "branch log"),
    ("log", "group commit", "each its write"),
    ("recovery", "100 finished", "xaodbc scan"),
)


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check_comparison(comparison):
    for who in ("floor", "candidate"):
        rates = comparison[who]["per_second"]
        assert len(rates) == 2, comparison
        assert all(math.isfinite(rate) and rate > 0 for rate in rates), comparison
    ratio = comparison["ratio"]
    assert 0 < ratio["low"] <= ratio["median"] <= ratio["high"], comparison


def check_json(results, scenarios):
    for comparison in results["comparisons"]:
        check_comparison(comparison)
    found = {(c["scenario"], c["setting"], c["candidate"]["name"])
             for c in results["comparisons"]}
    for wanted in EXPECTED:
        assert wanted in found, (wanted, found)
    for value in results["values"]:
        assert math.isfinite(value["value"]) and value["value"] >= 0, value
    told = {entry["scenario"] for entry in results["comparisons"] + results["values"]}
    assert told == scenarios, (told, scenarios)
    for fact in ("processor", "kernel", "disk", "server Postgresql", "driver Mariadb", "unixODBC"):
        assert results["machine"][fact], fact


def check_svg(file):
    root = ElementTree.parse(file).getroot()
    assert root.tag.endswith("svg"), root.tag
    assert len(root.findall(".//{http://www.w3.org/2000/svg}polyline")) >= 4 * 3


def main(program):
    scenarios = {line.split()[0] for line in run(program, "--list").splitlines()}
    with tempfile.TemporaryDirectory() as directory:
        results, chart = pathlib.Path(directory, "all.json"), pathlib.Path(directory, "all.svg")
        table = run(program, *TINY, "--json", str(results), "--svg", str(chart))
        for scenario in scenarios:
            assert f"\n{scenario}: " in table, scenario
        check_json(json.loads(results.read_text(encoding="utf-8")), scenarios)
        check_svg(chart)


if __name__ == "__main__":
    main(sys.argv[1])
