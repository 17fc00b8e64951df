"""A file of the tree as the rules see it."""

import pathlib
import re

CPP = (".h", ".cpp", ".c")
CODE = CPP + (".py", ".sh", ".cmake", "CMakeLists.txt", "dev")
TEXT = CODE + (".md", ".ini", ".in", ".json", ".example", ".supp", ".clang-format", ".clang-tidy")
SKIPPED_DIRECTORIES = {".git", "build", "out", "__pycache__"}

COMMENT_OR_LITERAL = re.compile(
    r"//[^\n]*"
    r"|/\*.*?\*/"
    r'|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


class Source:
    """Path relative to the tree, with slashes, and content."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")

    def is_a(self, suffixes):
        return self.path.endswith(suffixes)

    def code_lines(self):
        """The lines of a C or C++ file with comments and literals blanked out."""
        return COMMENT_OR_LITERAL.sub(_blank, self.text).split("\n")


def read_tree(root):
    root = pathlib.Path(root)
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if SKIPPED_DIRECTORIES.intersection(relative.parts) or not path.is_file():
            continue
        name = relative.as_posix()
        if name.endswith(TEXT):
            yield Source(name, path.read_bytes().decode("utf-8"))
