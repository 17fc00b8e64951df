"""The rules: each takes a Source and yields (line number, what is wrong and what to do)."""

import ast
import re

from layers import MAY_INCLUDE, layer_of, layer_of_include
from source import CODE, CPP

LONGEST_FILE = 400
LONGEST_FUNCTION = 70
LONGEST_LINE = 100
LONGEST_TABLE_LINE = 150  # between clang-format off and on stand tables, which wrapping would ruin

INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')
ODBC_HEADERS = {"sql.h", "sqlext.h", "sqltypes.h", "sqlucode.h", "odbcinst.h", "odbcinstext.h"}
HEAVY_LIBRARIES = ("fmt/", "boost/", "spdlog/")
XA_CODE = re.compile(r"\b(XA_OK|XA_RDONLY|XA_RETRY|XA_NOMIGRATE|XA_HEUR\w+|XA_RB\w+|XAER_\w+)\b")
SERVER_SQL = re.compile(
    r'"[^"]*\b(PREPARE TRANSACTION|(COMMIT|ROLLBACK) PREPARED'
    r"|XA (START|END|PREPARE|COMMIT|ROLLBACK|RECOVER))\b"
)
TEST_CASE = re.compile(r"^TEST(?:_[FP])?\((\w+), (\w+)\)", re.MULTILINE)
NAMED_TEST = re.compile(r"`([A-Z]\w+\.[A-Z]\w+)`")
SCOPE = re.compile(r"\b(namespace|class|struct|enum|union|extern)\b")
ANGLES = re.compile(r"<[^<>]*>")
# Written apart, so that this file passes.
LEFTOVER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")


def includes(source):
    """(line number, bracket, target) of every include of a C or C++ file."""
    if source.is_a(CPP):
        for number, line in enumerate(source.lines, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1), match.group(2)


def layer_graph(source):
    here = layer_of(source.path)
    if here is None:
        return
    for number, _, target in includes(source):
        there = layer_of_include(target)
        if there not in (None, here) and there not in MAY_INCLUDE[here]:
            yield number, f"{here} must not include {there} ({target}); see tests/tidy/layers.py"


def odbc_headers(source):
    if source.path.startswith(("odbc/", "tests/", "bench/")):
        return
    for number, _, target in includes(source):
        if target in ODBC_HEADERS:
            yield number, f"{target} belongs into odbc/ only"


def heavy_headers(source):
    if not source.is_a(".h"):
        return
    for number, _, target in includes(source):
        if target.startswith(HEAVY_LIBRARIES):
            yield number, f"{target} in a header; include it in the .cpp"


def xa_codes(source):
    allowed = ("xa/", "tests/", "bench/", "recovery/demo", "conformance/")
    if not source.is_a(CPP) or source.path.startswith(allowed):
        return
    for number, line in enumerate(source.code_lines(), 1):
        for match in XA_CODE.finditer(line):
            yield number, f"{match.group()} outside xa/; answer a Status"


def server_sql(source):
    """What is said to a server is written where its dialect is; tests and tool may quote it."""
    watched = ("xa/", "branch/", "log/", "config/", "base/")
    if not source.is_a(CPP) or not source.path.startswith(watched):
        return
    for number, line in enumerate(source.lines, 1):
        if SERVER_SQL.search(line.split("//")[0]):
            yield number, "SQL of a server outside odbc/dialects/"


def leftovers(source):
    for number, line in enumerate(source.lines, 1):
        match = LEFTOVER.search(line)
        if match:
            yield number, f"{match.group()}: do it, or file it where work is planned"


def whitespace(source):
    for number, line in enumerate(source.lines, 1):
        if "\t" in line:
            yield number, "tab; use blanks"
        if line.endswith((" ", "\r")):
            yield number, "blank or carriage return at the end of the line"
    if source.text and not source.text.endswith("\n"):
        yield len(source.lines), "no newline at the end of the file"
    elif source.text.endswith("\n\n"):
        yield len(source.lines) - 1, "empty line at the end of the file"


def line_length(source):
    if not source.is_a(CODE):
        return
    longest = LONGEST_LINE
    for number, line in enumerate(source.lines, 1):
        if "// clang-format off" in line:
            longest = LONGEST_TABLE_LINE
        elif "// clang-format on" in line:
            longest = LONGEST_LINE
        if len(line) > longest:
            yield number, f"{len(line)} columns; at most {longest}"


def file_length(source):
    length = len(source.text.splitlines())
    if source.is_a(CODE) and length > LONGEST_FILE:
        yield length, f"{length} lines; at most {LONGEST_FILE}: one noun per file"


def python_functions(source):
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def cpp_functions(source):
    """A body is a brace that opens in a namespace, a class or nothing, and is none of these."""
    open_braces = []  # (is a function, first line of its head)
    head, head_line = "", None
    for number, line in enumerate(source.code_lines(), 1):
        for letter in line if not line.startswith("#") else "":
            if letter == "{":
                inside = any(is_function for is_function, _ in open_braces)
                open_braces.append((not inside and not SCOPE.search(ANGLES.sub("", head)),
                                    head_line or number))
            elif letter == "}" and open_braces:
                is_function, start = open_braces.pop()
                if is_function:
                    yield start, number
            if letter in "{};":
                head, head_line = "", None
            elif head_line is not None or not letter.isspace():
                head, head_line = head + letter, head_line or number
        head += " "


def shell_functions(source):
    start = None
    for number, line in enumerate(source.lines, 1):
        if re.match(r"\w+\(\) [{(]$", line):
            start = number
        elif line in ("}", ")") and start:
            yield start, number
            start = None


def function_length(source):
    if source.is_a(".py"):
        functions = python_functions(source)
    elif source.is_a(CPP):
        functions = cpp_functions(source)
    else:
        functions = shell_functions(source)
    for start, end in functions:
        if end - start + 1 > LONGEST_FUNCTION:
            yield start, f"function of {end - start + 1} lines; at most {LONGEST_FUNCTION}"


def unknown_tests(tree):
    """Of the whole tree: (path, line number, message) of every test that a document names and that
    is not there, written as `Suite.Case`."""
    known = set()
    for source in tree:
        if source.path.startswith("tests/") and source.is_a(CPP):
            known.update(f"{suite}.{case}" for suite, case in TEST_CASE.findall(source.text))
    for source in tree:
        if not source.path.startswith("docs/") or not source.is_a(".md"):
            continue
        for number, line in enumerate(source.lines, 1):
            for name in NAMED_TEST.findall(line):
                if name not in known:
                    yield source.path, number, f"no test is called {name}"


RULES = (
    layer_graph,
    odbc_headers,
    heavy_headers,
    xa_codes,
    server_sql,
    leftovers,
    whitespace,
    line_length,
    file_length,
    function_length,
)
