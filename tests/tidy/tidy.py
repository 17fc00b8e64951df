#!/usr/bin/env python3
"""Checks the house rules on every file of a tree: tidy.py [DIRECTORY]. Exit status 1: findings."""

import pathlib
import sys

from rules import RULES, unknown_tests
from source import read_tree


def findings(root):
    tree = list(read_tree(root))
    for path, line, message in unknown_tests(tree):
        yield f"{path}:{line}: {message} [unknown_tests]"
    for source in tree:
        for rule in RULES:
            for line, message in rule(source):
                yield f"{source.path}:{line}: {message} [{rule.__name__}]"


def main(arguments):
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2]
    found = list(findings(root))
    for finding in found:
        print(finding)
    print(f"tidy: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
