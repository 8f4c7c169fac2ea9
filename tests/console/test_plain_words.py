"""One word, one thing: what people read on pages, in letters and in refusals (docs/look.md, Words)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from console.web.numbers import format_with_singular

ROOT = Path(__file__).parents[2]
ROOMS = ("console", "notifications", "states", "storage", "workflow")

CHINESE = re.compile("环节|我的待办|未办理|取义|已办至|重放|作废|(?<!服务器)时钟")
"""步骤, 首页, 提交未成功, 条文理解, 当前进度, 复核, 未发, 系统自动 or 定时服务. A server has a clock; the system has none."""

ENGLISH = re.compile(
    r"Do together|What follows|Stands at|waits for you|no cadre|be taken back|\b(anew|whoever)\b|第.{1,3}条",
    re.IGNORECASE,
)


def sentences() -> Iterator[tuple[str, str, str]]:
    """Every pair of sentences: where it stands, in Chinese, in English."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.html")):
            for zh, en in re.findall(r"""\bt\(\s*["']([^"]*?)["'],\s*["']([^"]*?)["']\s*\)""", path.read_text("utf-8")):
                yield str(path.relative_to(ROOT)), zh, en
        for path in sorted((ROOT / room).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Text":
                    said = {word.arg: ast.unparse(word.value) for word in call.keywords}
                    yield str(path.relative_to(ROOT)), said.get("zh", ""), said.get("en", "")
                elif isinstance(call, ast.ClassDef):
                    said = {
                        part.targets[0].id: ast.unparse(part.value)
                        for part in call.body
                        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name)
                    }
                    yield str(path.relative_to(ROOT)), said.get("zh", ""), said.get("en", "")


def test_no_sentence_uses_a_word_that_has_another_word_for_the_same_thing() -> None:
    found = list(sentences())
    assert len(found) > 1500, "the sentences are no longer found"
    assert [one for one in found if CHINESE.search(one[1]) or ENGLISH.search(one[2])] == []
    words = [(place, re.sub(r"\{[^}]*\}", "", english)) for place, _, english in found]
    assert [
        one
        for one in words
        if re.search(r"\b(a|an|the|each|every|own|other|another|of|no) units?\b|\bUnits?\b", one[1])
    ] == [], "a department, in English"


def test_no_letter_uses_a_word_that_has_another_word_for_the_same_thing() -> None:
    letters = ROOT / "notifications" / "templates"
    assert [path.name for path in letters.glob("zh/*") if CHINESE.search(path.read_text("utf-8"))] == []
    assert [path.name for path in letters.glob("en/*") if ENGLISH.search(path.read_text("utf-8"))] == []


def test_one_of_a_thing_is_not_counted_in_the_plural() -> None:
    said = {
        "%d working days left": "1 working day left", "%d days late": "1 day late", "%s entries, the last": "1 entry, the last",
        "%d accounts cannot sign in yet": "1 account cannot sign in yet", "2026-11-%d days": "2026-11-1 days", "%d.5 points": "1.5 points",
    }  # fmt: skip
    assert {one: format_with_singular(one, 1) for one in said} == said
    assert format_with_singular("%d days left", 11) == "11 days left"
