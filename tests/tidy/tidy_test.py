#!/usr/bin/env python3
"""Plants one violation at a time in a temporary tree: it must be found, and nothing else."""

import pathlib
import tempfile
import unittest

import rules
import tidy

CLEAN = '#include "base/status.h"\n\nnamespace xaodbc {\n\nint f() {\n  return 1;\n}\n\n}\n'
BIG_BODY = "  f();\n" * 80


def check(path, text):
    """The names of the rules that a tree with this one file breaks."""
    with tempfile.TemporaryDirectory() as root:
        file = pathlib.Path(root, path)
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        return {finding.rsplit("[", 1)[1].rstrip("]") for finding in tidy.findings(root)}


# rule, path, text that breaks it
PLANTED = (
    ("layer_graph", "log/a.cpp", '#include "odbc/pool.h"\n'),
    ("layer_graph", "odbc/a.cpp", '#include "log/record.h"\n'),
    ("layer_graph", "odbc/a.cpp", '#include "branch/branch.h"\n'),
    ("layer_graph", "base/a.h", '#include "config/settings.h"\n'),
    ("layer_graph", "config/a.h", '#include "branch/xid.h"\n'),
    ("layer_graph", "branch/gid.cpp", '#include "odbc/pool.h"\n'),
    ("layer_graph", "recovery/a.cpp", '#include "xa/state.h"\n'),
    ("layer_graph", "recovery/a.cpp", '#include "branch/branch.h"\n'),
    ("layer_graph", "xa/include/xaodbc/xa.h", '#include "base/status.h"\n'),
    ("layer_graph", "log/a.cpp", "#include <xaodbc/xa.h>\n"),
    ("odbc_headers", "xa/a.cpp", "#include <sqlext.h>\n"),
    ("odbc_headers", "recovery/a.h", "#include <sql.h>\n"),
    ("heavy_headers", "base/a.h", "#include <fmt/format.h>\n"),
    ("heavy_headers", "log/a.h", "#include <boost/thread.hpp>\n"),
    ("xa_codes", "branch/a.cpp", "int f() { return XA_OK; }\n"),
    ("xa_codes", "odbc/a.cpp", "int f() { return XAER_RMFAIL; }\n"),
    ("xa_codes", "recovery/a.cpp", "int f() { return XA_HEURCOM; }\n"),
    ("server_sql", "xa/a.cpp", 'auto s = "COMMIT PREPARED";\n'),
    ("leftovers", "docs/a.md", "TO" + "DO: write\n"),
    ("leftovers", "base/a.cpp", "// FIX" + "ME later\n"),
    ("unknown_tests", "docs/a.md", "`NoSuchTest.IsAnywhere`\n"),
    ("whitespace", "base/a.cpp", "\tint x;\n"),
    ("whitespace", "docs/a.md", "text \n"),
    ("whitespace", "base/a.cpp", "int x;\r\n"),
    ("whitespace", "base/a.cpp", "int x;"),
    ("whitespace", "base/a.cpp", "int x;\n\n"),
    ("line_length", "base/a.cpp", "// " + "x" * 98 + "\n"),
    ("line_length", "base/a.cpp", "// clang-format off\n// " + "x" * 150 + "\n"),
    ("line_length", "base/a.cpp", "// clang-format off\n// clang-format on\n// " + "x" * 98 + "\n"),
    ("file_length", "base/a.cpp", "int x;\n" * 401),
    ("function_length", "base/a.cpp", "namespace n {\nint f(int a,\n      int b) {\n" + BIG_BODY
     + "}\n}\n"),
    ("function_length", "base/a.h", "class A {\n public:\n  void f() {\n" + BIG_BODY + "  }\n};\n"),
    ("function_length", "base/a.h", "template <class T>\nvoid f(T x) {\n" + BIG_BODY + "}\n"),
    ("function_length", "tests/a.cpp", "TEST(A, B) {\n" + BIG_BODY + "}\n"),
    ("function_length", "tests/a.py", "def f():\n" + "    f()\n" * 80),
    ("function_length", "tests/a.sh", "f() {\n" + "  f\n" * 80 + "}\n"),
)

# path, text that looks like a violation and is none
HARMLESS = (
    ("base/a.cpp", CLEAN),
    ("xa/a.cpp", '#include "log/record.h"\n#include "odbc/pool.h"\nint x = XA_OK;\n'),
    ("recovery/demo.cpp", "#include <xaodbc/xa.h>\nbool f(int x) { return x == XA_OK; }\n"),
    ("odbc/a.cpp", '#include <sql.h>\n#include "branch/xid.h"\n'),
    ("odbc/a.cpp", "// the server says XA_RBROLLBACK\nauto s = \"XAER_NOTA\";\n"),
    ("base/a.cpp", "#include <fmt/format.h>\n"),
    ("base/a.cpp", 'auto name = "file-XXXXXX";\n'),
    ("base/a.cpp", "int big = 1'000'000;\nint f() {\n  return '{';\n}\n" + "int x;\n" * 80),
    ("base/a.cpp", "namespace n {\n" + "int x;\n" * 100 + "}\n"),
    ("base/a.h", "class A {\n" + "  int x;\n" * 100 + "};\n"),
    ("tests/a.cpp", '#include <sqlext.h>\n#include "recovery/scan.h"\n#include "xa/state.h"\n'),
    ("docs/a.md", "x" * 200 + "\n"),
    ("base/a.cpp", "// clang-format off\n// " + "x" * 140 + "\n// clang-format on\n"),
    ("build/a.cpp", "\t"),
)


class TidyTest(unittest.TestCase):
    def test_planted_violation_is_found_and_nothing_else(self):
        for rule, path, text in PLANTED:
            with self.subTest(rule=rule, path=path, text=text[:60]):
                self.assertEqual(check(path, text), {rule})

    def test_harmless_text_passes(self):
        for path, text in HARMLESS:
            with self.subTest(path=path, text=text[:60]):
                self.assertEqual(check(path, text), set())

    def test_every_rule_has_a_planted_violation(self):
        all_rules = {rule.__name__ for rule in (*rules.RULES, rules.unknown_tests)}
        self.assertEqual(all_rules, {rule for rule, _, _ in PLANTED})


if __name__ == "__main__":
    unittest.main()
