"""The words of the house (docs/house.md, CONTRIBUTING.md): no name is a participle, and no line has over 120 characters."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parents[1]
PACKAGES = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
MODULES = sorted(path for room in PACKAGES if "." not in room for path in (HOUSE / room).rglob("*.py"))

NO_NAMES = {"kept", "told", "said", "shown", "held", "given", "asked", "found", "seen"}
"""Participles. They do not say what a thing is: `given` may be marks, a key or a language."""

TABLES = {
    "audit/bundle/verify.py",
    "audit/defect_sentences.py",
    "console/cli/table.py",
    "console/cli/year_tables.py",
    "notifications/channels/smtp_refusals.py",
}
"""Modules whose long lines are rows of a table."""

CHINESE = re.compile("[\u4e00-\u9fff]")
ROW = re.compile(r"""\s*(return |else )?(\*\*|[bf]?")""")
"""A line that begins with a string: a sentence for people beside its Chinese one, or a row of constants."""


def names(module: Path) -> Iterator[str]:
    """The names that a module defines: itself, functions, classes, parameters, aliases and variables."""
    yield module.stem
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def test_no_name_is_a_participle() -> None:
    bad = {
        f"{module.relative_to(HOUSE)}: {name}"
        for module in MODULES
        for name in names(module)
        if name.strip("_").lower() in NO_NAMES
    }
    assert bad == set()


def long_lines(module: Path) -> Iterator[int]:
    """The numbers of the lines over 120 characters that are no row of a table and have no Chinese sentence."""
    text = module.read_text("utf-8")
    lines = text.splitlines()
    tables: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt) and lines[(node.end_lineno or 1) - 1].endswith("# fmt: skip"):
            tables |= set(range(node.lineno, (node.end_lineno or 1) + 1))
    for number, line in enumerate(lines, 1):
        if len(line) > 120 and number not in tables and not CHINESE.search(line) and not ROW.match(line):
            yield number


def test_no_line_is_longer_than_120_characters() -> None:
    # A Chinese sentence is not broken: the formatter would count each of its characters twice.
    bad = [
        f"{module.relative_to(HOUSE)}:{number}"
        for module in MODULES
        if module.relative_to(HOUSE).as_posix() not in TABLES
        for number in long_lines(module)
    ]
    assert bad == []


PLAINER = re.compile(r"whoever|\banew\b", re.IGNORECASE)
"""Words with a plainer one: `those who`, or a noun; `again`."""


def test_no_text_has_a_word_for_which_there_is_a_plainer_one() -> None:
    lists_of_words = {Path(__file__), HOUSE / "tests/console/test_plain_words.py"}
    texts = [
        path
        for ending in ("py", "md", "toml", "html", "txt")
        for path in HOUSE.rglob(f"*.{ending}")
        if not {"node_modules", ".venv"} & set(path.relative_to(HOUSE).parts) and path not in lists_of_words
    ]
    assert len(texts) > 1000, "the texts are no longer found"
    assert [str(path.relative_to(HOUSE)) for path in texts if PLAINER.search(path.read_text("utf-8"))] == []
