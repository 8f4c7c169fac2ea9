"""The rules in words, divided into chapters and tables, as a reading page prints them one below the other.

Not here: the sentences (`rules_in_words.py`, `follow_ups.py`), the articles (`printed_measure.py`), the open questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from states.rulebook.file_locations import owner
from states.vocabulary import Text

from .rules_in_words import RuleLine

_CLAUSE_SEPARATOR = "；"


class RuleTable(Struct, frozen=True):
    """Rules that are printed as one table. `head`: the rule above it; None if the chapter has only this table."""

    head: RuleLine | None
    rows: tuple[RuleLine, ...]

    @property
    def has_rules(self) -> bool:
        """Whether any row has a rule that its full mark does not say."""
        return any(row.sentence.zh and not row.is_plain for row in self.rows)

    @property
    def has_points(self) -> bool:
        return any(row.points.zh or row.is_beside for row in self.rows)

    def has_parts(self, number: int) -> bool:
        """Whether the row with this number has rows below it."""
        return number + 1 < len(self.rows) and self.rows[number + 1].depth > self.rows[number].depth


class Chapter(Struct, frozen=True):
    """One chapter: its key, its title, the heads of its two columns, and its tables."""

    key: str
    title: Text
    columns: tuple[Text, Text]
    tables: tuple[RuleTable, ...]


_KINDS = (
    # The key, the parts of the rulebook, the title, the columns, and whether all rules stand in one table.
    ("subjects", ("unit_kind", "subject"), Text("考核对象", "Who is assessed"), Text("对象", "Who"), Text("如何考核", "How"), True),
    ("forms", ("form",), Text("考核指标", "Indicators"), Text("项目", "Item"), Text("如何计分", "How it is scored"), False),
    ("values", ("value",), Text("其他数值和认定", "Other values and findings"), Text("名称", "Name"), Text("如何得出", "How it is made"), True),
    ("ballots", ("ballot",), Text("民主测评", "Ballots"), Text("选项", "Option"), Text("如何计算", "How it counts"), False),
    ("records", ("record",), Text("记录", "Records"), Text("记录的内容", "Field"), Text("可选的情形", "Options"), False),
    ("ladders", ("ladder",), Text("加分、扣分和认定", "What records lead to"), Text("情形", "For"), Text("结果", "What follows"), False),
    ("scales", ("scale",), Text("等次和限制", "Grades and limits"), Text("等次、限制", "Grade or limit"), Text("条件", "Condition"), False),
    ("standings", ("standing",), Text("名次和名额", "Places and quotas"), Text("名额", "Quota"), Text("如何分配", "How it is given"), False),
    ("occasions", ("occasion",), Text("一年中的其他考核", "Other assessments in a year"), Text("名称", "Name"), Text("如何进行", "How it is done"), True),
    ("tasks", ("task", "window"), Text("结果运用", "What follows from a result"), Text("事项", "Task"), Text("条件和办理", "When, and who does it"), True),
)  # fmt: skip


def chapters(lines: Iterable[RuleLine]) -> list[Chapter]:
    """The chapters that have rules, in the order of the measure. Stages and readings are not among them."""
    every = tuple(lines)
    made = []
    for key, parts, title, *columns, in_one in _KINDS:
        of_chapter = tuple(line for line in every if line.location.partition(".")[0] in parts)
        if of_chapter:
            tables = (RuleTable(None, of_chapter),) if in_one else tuple(_tables(of_chapter))
            made.append(Chapter(key, title, (columns[0], columns[1]), tables))
    return made


def readings_at(lines: Iterable[RuleLine], uses: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """By the location of a rule, the keys of the readings that stand in it. `uses`: the reading by where it stood."""
    locations = {line.location for line in lines}
    keys_at: dict[str, tuple[str, ...]] = {}
    for location, key in uses.items():
        around = owner(location, locations)
        if key not in keys_at.get(around, ()):
            keys_at[around] = (*keys_at.get(around, ()), key)
    return keys_at


def anchors(paragraphs: Iterable[str], lines: Iterable[RuleLine]) -> dict[str, tuple[str, str]]:
    """By clause, the anchor of the words that it names, and the location of the rule that has it ("": an article).

    `paragraphs`: the clauses of the articles. A clause of an annex is that of the first item that has it.
    """
    anchor_of = {clause: (clause, "") for clause in paragraphs}
    for line in lines:
        if line.location.startswith("form."):
            anchor_of.setdefault(line.clause, (line.clause.replace(" ", "-"), line.location))
    return anchor_of


def single_clauses(clause: str) -> list[str]:
    """Each of several clauses that are joined: 附件1 5.1；附件2 5.1."""
    return clause.split(_CLAUSE_SEPARATOR)


def _tables(lines: tuple[RuleLine, ...]) -> Iterator[RuleTable]:
    """One table below each line that begins a part."""
    starts = [number for number, line in enumerate(lines) if not line.depth]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield RuleTable(lines[start], lines[start + 1 : end])
