"""案件清单: the lines of cases with what each does to a result: of a year as a paper, of all years on the page of cases.

It has names of people and no narrative. Nobody gets a case that they may not see; whether there is one is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from documents.sheets.writing import CellValue, ExcelColumn, ExcelTable, narrowed
from states.records.case import CASE, Case, Sanction
from states.records.roster import Roster
from states.rulebook.calculation.ladders import Ladder
from states.rulebook.sentences.names import figure, option_title
from states.rulebook.types import CAPPED, VETOED, Rulebook
from states.vocabulary import Text
from storage.people import Person
from workflow.papers.sources import YearSource
from workflow.papers.words import name_of_assessment

from .source import PaperSheets, SheetReader

EFFECTS: dict[str, Text] = {
    "none": Text(zh="不影响考核", en="no effect"),
    "points": Text(zh="扣分", en="points off"),
    "veto": VETOED,
    "capped": CAPPED,
    "raises": Text(zh="计入办法所列情形", en="counts as a finding"),
    "pending": Text(zh="未结，待定", en="open, not decided"),
    "committee": Text(zh="由审定机关判定", en="for the body that approves to decide"),
}

_BEFORE = (
    (Text(zh="案件编号", en="Case"), 18),
    (Text(zh="部门", en="Department"), 24),
    (Text(zh="姓名", en="Name"), 12),
    (Text(zh="工号", en="Staff number"), 12),
)
_AFTER = (
    (Text(zh="生效日期", en="Effective date"), 13),
    (Text(zh="文号", en="Document number"), 22),
    (Text(zh="涉及要素", en="Elements"), 12),
    (Text(zh="对考核的影响", en="Effect"), 18),
    (Text(zh="状态", en="Status"), 10),
)
_RESCINDED, _OPEN = Text(zh="已撤销", en="rescinded"), Text(zh="未结", en="open")


class SanctionView(Struct, frozen=True):
    """One sanction of a case, with the titles of its fields and its effects, one for each ladder that reads cases.

    `effects` are keys of `EFFECTS` with the points, empty for none. `heavier` is the title of the heavier outcome that
    this outcome replaces (reading F6).
    """

    sanction: Sanction
    fields: list[Text]
    effects: list[tuple[str, str]]
    heavier: Text | None = None


def case_list(one: YearSource, reader: SheetReader) -> PaperSheets:
    """The cases whose lines fall into the year, and those without a day, which are open."""
    cases = [case for case in reader.cases() if _is_of_year(case, one)]
    measure = one.rulebook.measure
    assessment = name_of_assessment(measure.title.zh, measure.issuer.zh)
    title = Text(zh=f"{one.year.year}年度{assessment}案件清单", en=f"Cases of {one.year.year}")
    own = "　　不含制表人所在部门的案件" if reader.maker.account else ""
    below = f"年度：{one.year.year}　　依据：《{one.rulebook.measure.title.zh}》{own}"
    table = case_table(title, below, cases, one.rulebook, one.roster, reader.people(), reader.person_names(), "zh")
    return PaperSheets((table,))


def case_table(
    title: Text,
    below: str,
    cases: Iterable[Case],
    rulebook: Rulebook,
    roster: Roster,
    people: Mapping[str, Person],
    names: Mapping[str, str],
    language: str,
) -> ExcelTable:
    """The table: one row for each person concerned. `names`: the names of people by id."""
    kind = rulebook.records[CASE]
    heads = (*_BEFORE, *((field.title.text, 22) for field in kind.field), *_AFTER)
    effects = EFFECTS | {"veto": _set_outright(rulebook)}
    labels = {key: label for form in rulebook.forms_by_kind.values() for key, label in form.labels.items()}

    def row(case: Case, view: SanctionView) -> Iterator[CellValue]:
        sanction, person = view.sanction, people.get(view.sanction.person)
        yield case.id
        yield roster.title(case.body.unit) if case.body is not None else ""
        yield names.get(sanction.person, sanction.person)
        yield person.staff_number if person is not None else ""
        yield from (field.render(language) for field in view.fields)
        yield sanction.effective_on
        yield sanction.document or ""
        elements = case.body.elements if case.body is not None else ()
        yield "、".join(labels[key].render(language) if key in labels else key for key in elements)
        yield "、".join(points or effects[effect].render(language) for effect, points in view.effects)
        yield _status(case, sanction).render(language)

    return ExcelTable(
        name=title.render(language),
        title=title.render(language),
        subtitle=below,
        columns=narrowed(
            tuple(
                ExcelColumn(title=head.render(language), width=width, kind="day" if head is _AFTER[0][0] else "text")
                for head, width in heads
            )
        ),
        rows=tuple(tuple(row(case, view)) for case in cases for view in sanction_views(case, rulebook)),
    )


def sanction_views(case: Case, rulebook: Rulebook) -> list[SanctionView]:
    """The sanctions of a case, in its order."""
    return [_sanction_view(sanction, rulebook) for sanction in case.body.sanctions] if case.body else []


def _sanction_view(sanction: Sanction, rulebook: Rulebook) -> SanctionView:
    kind = rulebook.records[CASE]
    heavier = kind.option(kind.first.key, sanction.instead_of)
    effects = [_effect(ladder, sanction, rulebook) for ladder in rulebook.ladder if ladder.record == CASE]
    return SanctionView(
        sanction,
        fields=[option_title(kind, field.key, sanction.fields.get(field.key, "")) for field in kind.field],
        effects=[effect for effect in effects if effect[0] != "none"] or effects[:1],
        heavier=heavier.title.text if heavier else None,
    )


def _effect(ladder: Ladder, sanction: Sanction, rulebook: Rulebook) -> tuple[str, str]:
    """What a ladder does with the sanction, and the points that it costs: −4. A finding that a limit reads limits it."""
    number = ladder.row_of(rulebook.records[CASE], sanction.fields)
    effect = ladder.effect_of(number, is_replacement=sanction.instead_of is not None)
    finding = ladder.row[number].raises if effect == "raises" and number is not None else None
    if finding in rulebook.limits_of_findings:
        return ("veto" if rulebook.limit_title(finding) == VETOED else "capped"), ""
    if effect != "points" or number is None:
        return effect, ""
    row = ladder.row[number]
    amount = -row.costs if row.costs is not None else row.points
    return effect, figure(amount) if amount else ""


def _set_outright(rulebook: Rulebook) -> Text:
    """What a limit at the worst grade does, as a paper says it: 直接评定为不合格."""
    scales = (scale for scale in rulebook.scale if any(one.not_above == scale.worst for one in scale.limit))
    worst = {scale.grades[scale.worst].title.text for scale in scales}
    if len(worst) != 1:
        return EFFECTS["veto"]
    (title,) = worst
    return Text(zh=f"直接评定为{title.zh}", en=f"{title.en} outright")


def _is_of_year(case: Case, one: YearSource) -> bool:
    days = {sanction.effective_on or case.body.acted_on for sanction in case.body.sanctions} if case.body else set()
    period = one.rulebook.period
    return any(day is None or period.rounds_from(one.year.year, day) == 0 for day in days)


def _status(case: Case, sanction: Sanction) -> Text:
    if case.rescinded:
        return _RESCINDED
    return Text(zh="", en="") if sanction.effective_on is not None else _OPEN
