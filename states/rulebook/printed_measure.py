"""The measure as printed, line by line, from the rulebook: the notice, the articles, the annexes.

The web page, the command line and the test that compares it with the issued document all use it. The words come from
the rulebook. This file adds only the form of an official document: 附件 and its numbers, dates, and points in brackets
(GB/T 9704-2012, 7.3.4, 7.3.5.4, 7.4.3). Not here: parts of a rulebook that the measure does not print, such as readings
and deadlines.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from msgspec import Struct

from states.rulebook.calculation.forms import COLUMNS, ScoreForm
from states.rulebook.parts import Paragraph
from states.vocabulary import Text

from .parts import Wording
from .types import Article, Measure, NoticeRule, Rulebook

Kind = Literal[
    "notice",
    "addressee",
    "body",
    "signature",
    "print",
    "annex",
    "title",
    "article",
    "paragraph",
    "head",
    "row",
    "last",
]
"""`annex` lists an annex or announces one; `head`, `row` and `last` are rows of a table."""

EMPTY = Text(zh="", en="")


class PaperLine(Struct, frozen=True):
    """One line: its kind, its text (for a row of a table, the text of each cell), and its clause, if it has one."""

    kind: Kind
    cells: tuple[Text, ...]
    clause: str = ""

    @property
    def text(self) -> Text:
        """The text of a line with one cell."""
        return self.cells[0]


def printed_lines(rulebook: Rulebook) -> Iterator[PaperLine]:
    """All lines of the document, in order. An edition may lack the notice, the articles or the column heads."""
    measure = rulebook.measure
    if measure.notice is not None:
        yield from _notice_lines(measure, measure.notice)
        yield _line("annex", "附件：", "Annex:")
    yield PaperLine("title", (measure.title.text,))
    for article in rulebook.article:
        yield from article_lines(article)
    for number, table in enumerate(rulebook.form, 1):
        zh, en = ("附件：", "Annexes: ") if number == 1 else ("", "")
        yield _line("annex", f"{zh}{number}.{table.title.zh}", f"{en}{number}. {table.title.en}")
    for number, table in enumerate(rulebook.form, 1):
        yield _line("annex", f"附件{number}：", f"Annex {number}:")
        yield PaperLine("title", (table.title.text,), table.clause)
        yield from _table_lines(table)


def _notice_lines(measure: Measure, notice: NoticeRule) -> Iterator[PaperLine]:
    yield PaperLine("notice", (notice.title.text,))
    yield PaperLine("addressee", (notice.addressee.text,))
    yield PaperLine("body", (notice.body.text,))
    yield _line("annex", f"附件：{measure.title.zh}", f"Annex: {measure.title.en}")
    yield PaperLine("signature", (measure.issuer.text,))
    yield _line("signature", _chinese_date(measure.issued_on), _english_date(measure.issued_on))
    yield PaperLine(
        "print",
        (
            notice.printed_by.text,
            Text(
                zh=f"{_chinese_date(notice.printed_on)}印发",
                en=f"printed and issued on {_english_date(notice.printed_on)}",
            ),
        ),
    )


def article_lines(article: Article) -> Iterator[PaperLine]:
    """The lines of an article. Without a heading, its number (第一条) stands before the first paragraph."""
    paragraphs = list(article.paragraph)
    if article.heading is not None:
        yield _line("article", f"{article.label} {article.heading.zh}", f"{article.label} {article.heading.en}")
    else:
        first = paragraphs.pop(0)
        yield _line(
            "paragraph", f"{article.label} {first.text.zh}", f"{article.label} {first.text.en}", clause=first.clause
        )
    for paragraph in paragraphs:
        if paragraph.heading is not None:
            yield PaperLine("article", (_with_label(paragraph.label, paragraph.heading),))
            yield PaperLine("paragraph", (paragraph.text.text,), paragraph.clause)
        else:
            yield PaperLine("paragraph", (_with_label(paragraph.label, paragraph.text),), paragraph.clause)


def _table_lines(table: ScoreForm) -> Iterator[PaperLine]:
    """The rows of an annex. A section or an indicator is in its first row only. The points columns are empty."""
    if table.columns:
        yield PaperLine("head", tuple(c.text for c in table.columns))
    for section, branches in table.sections:
        first = _with_points(f"{section.label}.", section.title, section.points)
        for branch in branches:
            second = _with_points(branch.part.label, branch.part.title, branch.points)
            for element in branch.elements:
                third = _with_points(element.label, element.title, element.points)
                yield _row(first, second, third, clause=element.clause)
                first = second = EMPTY
    if table.subtotal is not None:
        yield _row(table.subtotal.text, kind="last")
    yield from _deduction_lines(table.deduction_item)
    if table.grand_total is not None:
        yield _row(table.grand_total.text, kind="last")


def _deduction_lines(items: tuple[Paragraph, ...]) -> Iterator[PaperLine]:
    """Item 5: its heading, and the paragraphs below it."""
    first = EMPTY
    for number, item in enumerate(items):
        text = _with_label(item.label, item.text)
        if number == 0 and len(items) > 1:
            first = text
            continue
        yield _row(first, text, clause=item.clause)
        first = EMPTY


def _row(*cells: Text, kind: Kind = "row", clause: str = "") -> PaperLine:
    return PaperLine(kind, (*cells, *(EMPTY for _ in range(COLUMNS - len(cells)))), clause)


def _line(kind: Kind, zh: str, en: str, clause: str = "") -> PaperLine:
    return PaperLine(kind, (Text(zh=zh, en=en),), clause)


def _with_label(label: str, words: Wording) -> Text:
    return Text(zh=f"{label}{words.zh}", en=f"{label} {words.en}".strip())


def _with_points(label: str, words: Wording, points: object) -> Text:
    return Text(zh=f"{label}{words.zh}（{points}分）", en=f"{label} {words.en} ({points} points)")


def _chinese_date(day: date) -> str:
    """成文日期: Arabic numerals, no leading zeros (GB/T 9704-2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _english_date(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
