"""One edition of a measure as data: what a rulebook holds, and what it must add up to.

Types only: no file is read here (`config/rulebooks.py` does) and no default is hidden here. Every part names
the clause it comes from. A rulebook chooses among closed kinds; nothing in it is evaluated. Points are
`Decimal`. What does not add up is a `Misfits`: all misfits of one part at once, each with its place and a
sentence in both languages; pydantic knows the place of the part itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import chain, pairwise
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    model_validator,
)

from states.vocabulary import Citation, Text

from .clauses import cite


class Misfit(NamedTuple):
    """One thing that does not fit: where (dotted, from the part that was checked; "" is the part itself), and why."""

    where: str
    zh: str
    en: str


class Misfits(ValueError):
    """Everything about one part that does not fit. Raised in a check of pydantic's, which adds the part's place."""

    def __init__(self, *misfits: Misfit) -> None:
        super().__init__("; ".join(f"{m.where}: {m.zh} / {m.en}" for m in misfits))
        self.misfits = misfits


def _decimal(value: object) -> Decimal:
    """A number as TOML writes it. A string or a boolean is not a number, whatever it looks like."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Misfits(Misfit("", f"必须是十进制数字，而不是 {value!r}", f"must be a decimal number, not {value!r}"))
    number = Decimal(value)
    if not number.is_finite():
        raise Misfits(Misfit("", f"必须是有限的数字，而不是 {value}", f"must be a finite number, not {value}"))
    return number


def _month_day(value: str) -> str:
    """A day that every year has: 02-29 is none."""
    try:
        day = date.fromisoformat(f"2023-{value}")
    except ValueError:
        day = None
    if day is None or f"{day:%m-%d}" != value:
        raise Misfits(
            Misfit(
                "",
                f"必须写成 MM-DD，且每年都有这一天，而不是 {value!r}",
                f"must be written MM-DD and be a day every year has, not {value!r}",
            )
        )
    return value


Number = Annotated[Decimal, BeforeValidator(_decimal)]
Points = Annotated[Number, Field(ge=0, le=1000)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
Said = Annotated[str, Field(min_length=1, pattern=r"\S")]
Clause = Said
MonthDay = Annotated[str, AfterValidator(_month_day)]
Source = Literal["measure", "ours"]
StageKind = Literal[
    "opening", "self_report", "meeting", "democratic_evaluation", "interviews", "document_review",
    "site_inspection", "scoring", "publicity", "approval", "circulation",
]  # fmt: skip
UNNAMED = Text(zh="本办法未列此项", en="not named in this measure")
Effect = Literal["none", "deduct", "veto", "committee", "pending"]
Standing = Literal["party_cadre", "party_member", "cadre", "staff", "student_member", "student"]
"""党员干部 · 党员 who is no cadre · cadre who is no Party member · other staff · student who is a Party member · other student."""


class Part(BaseModel):
    """What every part of a rulebook is: frozen, and without a key nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)


class Wording(Part):
    """A title or sentence in both languages."""

    zh: Said
    en: Said

    @cached_property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class Paragraph(Part):
    """One paragraph of the paper, in the paper's words: its number as printed (`label`) and, if it has one, its heading."""

    clause: Clause
    label: str = ""
    heading: Wording | None = None
    text: Wording


class Article(Part):
    """第…条: its number as printed, its heading, and its paragraphs in order."""

    label: Said
    heading: Wording | None = None
    paragraph: Annotated[tuple[Paragraph, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _its_paragraphs_are_its_own(self) -> Self:
        for one in self.paragraph:
            if not one.clause.startswith(self.label):
                raise Misfits(
                    Misfit(f"paragraph.{one.clause}.clause", f"不属于{self.label}", f"does not belong to {self.label}")
                )
        return self


class NoticeRule(Part):
    """印发通知: the notice the measure was issued with, signed and dated as the measure is, and its print line."""

    title: Wording
    addressee: Wording
    body: Wording
    printed_by: Wording
    printed_on: date


class Measure(Part):
    """The paper itself: who issued what, when, and with which notice. Its words are `[[article]]` and `[[table]]`."""

    title: Wording
    issuer: Wording
    issued_on: date
    in_force_from: date
    notice: NoticeRule | None = None


class UnitKind(Part):
    """A kind of department and the indicator table it is assessed by."""

    key: Key
    title: Wording
    table: Key
    clause: Clause


class MeasureScope(Part):
    """The kinds of department the measure assesses."""

    unit_kind: tuple[UnitKind, ...]


class Role(Part):
    """Somebody the measure (or, marked `ours`, this system) gives a part to.

    `duty` is in our words. It is left out where the measure says the duty itself: then the paragraphs at `clause` say it.
    """

    key: Key
    title: Wording
    clause: Clause
    source: Source
    duty: Wording | None = None


class Escalation(Part):
    """`after` days past the deadline, the next role up hears of it."""

    after: Annotated[int, Field(strict=True, ge=1, le=60)]
    to: Key


class Reminders(Part):
    """When the clock speaks of a deadline: working days before it, on the day, working days after it, and to whom else.

    `weekly`: after the last of these it goes on every week, to who must act and to these roles, the second of them from the
    second week on, and so forth.
    """

    before: tuple[Annotated[int, Field(strict=True, ge=1, le=120)], ...]
    on_the_day: StrictBool
    overdue: tuple[Annotated[int, Field(strict=True, ge=1, le=60)], ...]
    escalate: tuple[Escalation, ...]
    weekly: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _each_rung_is_one(self) -> Self:
        _fits(
            chain(
                _unique("before", map(str, self.before)),
                _unique("overdue", map(str, self.overdue)),
                _unique("escalate", (str(e.after) for e in self.escalate)),
                _unique("weekly", self.weekly),
            )
        )
        return self


class YearEnd(Part):
    """At how many working days before the year's end a sheet of what is still open goes out, and to which roles."""

    before: Annotated[tuple[Annotated[int, Field(strict=True, ge=1, le=60)], ...], Field(min_length=1)]
    to: Annotated[tuple[Key, ...], Field(min_length=1)]


class Stage(Part):
    """One step of the assessment: its kind (closed), its clause, who records it, until when.

    `due` is MM-DD; `due_year` 1 means the year after the assessed one. The measure sets no dates: a due date
    with `due_source = "ours"` is our default, and opening the year fixes the date that binds.
    `roll` says where a due date on a non-working day goes: back to the last working day before it, forward
    to the first after it, or it stays (docs/rulebook.md; rolling forward may leave the year).
    """

    kind: StageKind
    title: Wording
    clause: Clause
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    requires: tuple[Wording, ...] = ()
    due: MonthDay | None = None
    due_year: Annotated[int, Field(strict=True, ge=0, le=1)] = 0
    due_source: Source = "ours"
    requires_source: Source = "ours"
    roll: Literal["back", "stay", "forward"] = "back"
    reminders: Reminders | None = None

    @property
    def key(self) -> str:
        """What its deadline is called by."""
        return self.kind

    @model_validator(mode="after")
    def _a_deadline_has_its_rungs(self) -> Self:
        _together("due", self.due, self.reminders)
        return self


class ActRule(Part):
    """Something that may be done beside a stage's own step, and by whom. Who is not named may not."""

    command: Key
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    clause: Clause
    source: Source
    title: Wording

    @property
    def cited(self) -> Citation:
        """Its clause, as a refusal names it: what the measure does not say is not said in the measure's name."""
        if self.source == "measure":
            return self.clause
        return Text(zh=f"本系统默认·{self.clause}", en=f"our default for {cite(self.clause).en}")


class Element(Part):
    """考核要素: the smallest thing that is given points. `label` is the number as printed, slips included."""

    key: Key
    label: str
    text: Wording
    points: Points
    clause: Clause


class Indicator(Part):
    """二级指标 with its elements."""

    key: Key
    label: str
    title: Wording
    points: Points
    clause: Clause
    element: Annotated[tuple[Element, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _elements_make_the_indicator(self) -> Self:
        _adds_up(self.points, (e.points for e in self.element), "考核要素", "elements")
        return self


class Section(Part):
    """一级指标 with its indicators."""

    key: Key
    label: str
    title: Wording
    points: Points
    clause: Clause
    indicator: Annotated[tuple[Indicator, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _indicators_make_the_section(self) -> Self:
        _adds_up(self.points, (i.points for i in self.indicator), "二级指标", "indicators")
        return self


COLUMNS = 5
"""How many an annex has: 一级指标, 二级指标, 考核要素, 自评, 考核."""


class IndicatorTable(Part):
    """One annex: its sections add up to `total`, and `total` is the measure's 100 (Art. 8(1)).

    `deduction_item` is item 5 in the annex's own words, its heading first; what it costs is in `[[deduction]]` and
    `[[outcome]]`. `columns` (five), `subtotal` and `grand_total` are the words printed at the head and in the last rows.
    """

    key: Key
    title: Wording
    clause: Clause
    total: Points
    section: Annotated[tuple[Section, ...], Field(min_length=1)]
    columns: tuple[Wording, ...] = ()
    subtotal: Wording | None = None
    grand_total: Wording | None = None
    deduction_item: tuple[Paragraph, ...] = ()

    @model_validator(mode="after")
    def _every_column_has_a_head(self) -> Self:
        if len(self.columns) not in (0, COLUMNS):
            why = (f"应为 {COLUMNS} 栏，现为 {len(self.columns)} 栏", f"has {len(self.columns)} columns, not {COLUMNS}")
            raise Misfits(Misfit("columns", *why))
        return self

    @model_validator(mode="after")
    def _sections_make_the_total(self) -> Self:
        if self.total != 100:
            raise Misfits(Misfit("total", f"总分为 {self.total}，应为 100", f"the total is {self.total}, not 100"))
        _adds_up(self.total, (s.points for s in self.section), "一级指标", "sections")
        _fits(_unique("", self._keys()))
        return self

    def _keys(self) -> Iterator[str]:
        for section in self.section:
            yield section.key
            for indicator in section.indicator:
                yield indicator.key
                yield from (element.key for element in indicator.element)

    @cached_property
    def elements(self) -> dict[str, Element]:
        """Every element by its key, in the order of the annex."""
        return {e.key: e for s in self.section for i in s.indicator for e in i.element}

    @cached_property
    def labels(self) -> dict[str, Text]:
        """Every element's printed number by its key; of one printed twice (F17), the misplaced one says where it stands."""
        places = [(e, i.label) for s in self.section for i in s.indicator for e in i.element]
        printed = Counter(element.label for element, _ in places)
        return {
            e.key: Text(zh=e.label, en=e.label)
            if printed[e.label] == 1 or e.label.startswith(f"{under}.")
            else Text(zh=f"{under} 下的 {e.label}", en=f"{e.label} under {under}")
            for e, under in places
        }


class Grade(Part):
    """等次: scores from `at_least` (inclusive) up to `below` (exclusive; absent for the best grade)."""

    key: Key
    title: Wording
    clause: Clause
    at_least: Points
    below: Points | None = None


class Deduction(Part):
    """扣分档: what one case at this outcome costs (annex 1 and 2, item 5)."""

    key: Key
    title: Wording
    points: Annotated[Points, Field(gt=0)]
    clause: Clause


class Unusual(Part):
    """For whom an outcome is put on record only with a reason, and why: what it presupposes they mostly do not have."""

    standings: Annotated[tuple[Standing, ...], Field(min_length=1)]
    why: Wording


class OutcomeKind(Part):
    """A ladder of outcomes: whom they can be given to. To anybody else they cannot, and `why` says so.

    `unusual` are those for whom it may be right. `basis` names the regulation that says so, where it is not the measure.
    """

    key: Key
    title: Wording
    standings: Annotated[tuple[Standing, ...], Field(min_length=1)]
    unusual: Unusual | None = None
    why: Wording
    basis: Wording
    clause: Clause
    source: Source


class Outcome(Part):
    """What a case ended in, and what that does to the unit: for 党员干部 and for everybody else.

    `weight` orders outcomes from light to heavy: of two for the same act, the heavier counts. `certainty`
    says how sure the reading is: the measure's own text, our reading of it, or open until the college says.
    `kind` is its ladder; `unusual` narrows it. After an outcome that is `last` its ladder has no other for that person.
    """

    key: Key
    title: Wording
    kind: Key
    unusual: Unusual | None = None
    last: StrictBool = False
    weight: Annotated[int, Field(strict=True, ge=0, le=1000)]
    cadre: Effect
    cadre_deduction: Key | None = None
    other: Effect
    other_deduction: Key | None = None
    clause: Clause
    certainty: Literal["text", "reading", "open"]

    @property
    def is_open(self) -> bool:
        """Whether it only says that the case is not decided yet (立案、留置)."""
        return "pending" in (self.cadre, self.other)

    @model_validator(mode="after")
    def _deductions_name_their_tier(self) -> Self:
        for whom, effect, tier in (
            ("cadre", self.cadre, self.cadre_deduction),
            ("other", self.other, self.other_deduction),
        ):
            if (effect == "deduct") != (tier is not None):
                raise Misfits(
                    Misfit(
                        f"{whom}_deduction",
                        f"仅当 {whom} 为 deduct 时写，且必须写",
                        f"is written exactly when {whom} is deduct",
                    )
                )
        return self


class VetoGround(Part):
    """一票否决情形. `how`: "case" follows from a recorded case; "judged" only the named roles may record."""

    key: Key
    title: Wording
    clause: Clause
    how: Literal["case", "judged"]
    judged_by: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _a_judgement_names_its_judges(self) -> Self:
        if (self.how == "judged") != bool(self.judged_by):
            raise Misfits(
                Misfit("judged_by", "仅当 how 为 judged 时写，且必须写", "is written exactly when how is judged")
            )
        return self


class Consequence(Part):
    """What follows from a circulated result: a task of its own, done by `by`, for the grades named in `grades`.

    `due_after` is how many days after the day of the notice it is due: civil days, wherever the last one falls. It belongs to
    the annual result; `special` says that a special assessment (第六条) has it too. `persons` says whom it names when it is
    done: nobody, every member of the team, or the persons responsible, each with the measure taken.
    """

    key: Key
    title: Wording
    clause: Clause
    grades: Annotated[tuple[Key, ...], Field(min_length=1)]
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    special: StrictBool = False
    persons: Literal["none", "team", "responsible"] = "none"
    due_after: Annotated[int, Field(strict=True, ge=1, le=365)] | None = None
    due_source: Source = "ours"
    reminders: Reminders | None = None

    @model_validator(mode="after")
    def _a_deadline_has_its_rungs(self) -> Self:
        _together("due_after", self.due_after, self.reminders)
        return self


class RoutineCheckRules(Part):
    """平时检查: how what a routine check found is mended. `by` mends and answers; `reminders` speak of the deadline of each check."""

    title: Wording
    clause: Clause
    source: Source
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    reminders: Reminders

    @property
    def key(self) -> str:
        """What its deadline is called by."""
        return "routine_check"


class Ballot(Part):
    """民主测评: its options. The measure gives it no points, so it is shown and never added (Art. 7(2)2)."""

    options: Annotated[tuple[Key, ...], Field(min_length=2)]
    titles: tuple[Wording, ...]
    clause: Clause
    source: Source

    @model_validator(mode="after")
    def _each_option_has_a_title(self) -> Self:
        if len(self.options) != len(self.titles):
            raise Misfits(Misfit("titles", "与 options 数目不同", "differ in number from options"))
        _fits(_unique("options", self.options))
        return self


class Scoring(Part):
    """How points are given: in steps of `step`, by at least `minimum_sheets` assessors."""

    step: Annotated[Points, Field(gt=0)]
    minimum_sheets: Annotated[int, Field(strict=True, ge=1, le=1000)]
    minimum_talks_with_members: Annotated[int, Field(strict=True, ge=0, le=1000)]
    minimum_talks_with_staff: Annotated[int, Field(strict=True, ge=0, le=1000)]
    clause: Clause
    source: Source


class Setting(Part):
    """One ambiguity of the measure, decided: the reading in force, the clause, and why (docs/rulebook.md)."""

    clause: Clause
    why: Wording


class PartyCadre(Setting):
    """F1: whom 党员干部 means."""

    value: Literal["party_or_cadre", "party_and_cadre"]


class DeductionUnit(Setting):
    """F2: what 每起 counts."""

    value: Literal["case", "person"]


class ConcurrentSanctions(Setting):
    """F3: Party and government sanction of one person for one act."""

    value: Literal["heaviest", "each"]


class CaseYear(Setting):
    """F4: the year a case counts in: its deciding sanction's effective date, or the act's date."""

    value: Literal["effective", "act"]


class LaterSanction(Setting):
    """F4: what a sanction counts in its own year where an earlier year had one of the same case.

    `excess`: a veto counts, a deduction by what it exceeds the earlier one. `whole`: it counts as if it were the only
    one. `once`: a case that vetoed an earlier year vetoes none later, one that cost an earlier year points costs none later.
    """

    value: Literal["excess", "whole", "once"]


class OpenCases(Setting):
    """F4: a case still open marks the result 待定, or blocks scoring."""

    value: Literal["mark", "block"]


class RevisedResult(Setting):
    """F5: a result changed by a later revision goes back to the committee, or is only noted."""

    value: Literal["committee", "note"]


class SubstitutedSanction(Setting):
    """F6: a sanction given in place of a heavier one counts as given, or waits for the committee."""

    value: Literal["as_given", "committee"]


class DutyTalks(Setting):
    """F7: talks held as a duty never cost points."""

    value: Literal["never_deducted"]


class Ladder(Setting):
    """F8: the order of the deduction tiers is the measure's own."""

    value: Literal["measure"]


class DoubleLoss(Setting):
    """F9: a case that already emptied an element also costs item 5, or costs only once."""

    value: Literal["both", "once"]


class DeductionCap(Setting):
    """F10: the most item 5 may cost; 0 means no cap. The total never falls below 0."""

    value: Points


class JudgedGrounds(Setting):
    """F11: Art. 8(3)1 and 8(3)3 are judgements."""

    value: Literal["recorded_with_reasons"]


class Attribution(Setting):
    """F12: a case of somebody who moved counts for the unit at the time of the act, or the unit now."""

    value: Literal["unit_at_act", "unit_now"]


class Rounding(Setting):
    """F13: the grade is taken from the exact score, or from the score rounded half up to whole points."""

    value: Literal["display_only", "before_grade"]


class MemberGrades(Setting):
    """F14: members have reports, ballots and consequences, and no score."""

    value: Literal["none"]


class SelfScores(Setting):
    """F15: the 自评 column is shown and never counted."""

    value: Literal["shown"]


class InterviewedMembers(Setting):
    """第七条（二）3: every member of the team is talked with, or there is a reason why not; or only some of them."""

    value: Literal["all", "some"]


class Recusal(Setting):
    """F16: nobody scores, decides or signs for the own unit."""

    value: Literal["own_unit"]


class Numbering(Setting):
    """F17: own keys; the printed number is a label."""

    value: Literal["own_keys"]


class ResultRoute(Setting):
    """F18: office, committee, whole school, organization department; publicity only if it is a stage."""

    value: Literal["as_stages"]


class RoutineCheckPoints(Setting):
    """What each finding of a routine check costs that is not mended when its deadline is past; 0 means nothing."""

    value: Points


class MeasureSettings(Part):
    """The ambiguities of the measure (docs/rulebook.md), each with the reading in force."""

    party_cadre: PartyCadre
    deduction_unit: DeductionUnit
    concurrent_sanctions: ConcurrentSanctions
    case_year: CaseYear
    later_sanction: LaterSanction
    open_cases: OpenCases
    revised_result: RevisedResult
    substituted_sanction: SubstitutedSanction
    duty_talks: DutyTalks
    ladder: Ladder
    double_loss: DoubleLoss
    deduction_cap: DeductionCap
    judged_grounds: JudgedGrounds
    attribution: Attribution
    rounding: Rounding
    member_grades: MemberGrades
    self_scores: SelfScores
    interviewed_members: InterviewedMembers
    recusal: Recusal
    numbering: Numbering
    result_route: ResultRoute
    routine_check_points: RoutineCheckPoints


ORDER: tuple[StageKind, ...] = (
    "opening", "self_report", "meeting", "democratic_evaluation", "interviews", "document_review",
    "site_inspection", "scoring", "publicity", "approval", "circulation",
)  # fmt: skip
"""The order stages can stand in. The four on-site steps between meeting and scoring may change places."""

_ON_SITE = frozenset({"meeting", "democratic_evaluation", "interviews", "document_review", "site_inspection"})
_ALWAYS = frozenset({"opening", "scoring", "approval", "circulation"})


class Rulebook(Part):
    """One edition of a measure. Frozen; its digest (of the file's bytes) is pinned by all that is done under it."""

    format: Literal[1]
    id: Key
    timezone: str
    remind_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    open_on: MonthDay
    notice_days: Annotated[int, Field(strict=True, ge=1, le=30)]
    year_end: YearEnd
    measure: Measure
    article: tuple[Article, ...] = ()
    scope: MeasureScope
    role: tuple[Role, ...]
    stage: tuple[Stage, ...]
    act: tuple[ActRule, ...]
    ballot: Ballot
    scoring: Scoring
    table: tuple[IndicatorTable, ...]
    grade: Annotated[tuple[Grade, ...], Field(min_length=2)]
    deduction: Annotated[tuple[Deduction, ...], Field(min_length=1)]
    outcome_kind: Annotated[tuple[OutcomeKind, ...], Field(min_length=1)]
    outcome: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    veto_ground: tuple[VetoGround, ...]
    veto_clause: Clause
    consequence: tuple[Consequence, ...]
    routine_check: RoutineCheckRules
    settings: MeasureSettings

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        _fits(
            chain(
                self._keys_are_unique(),
                self._names_exist(),
                self._duties_are_said(),
                self._stages_can_follow(),
                self._deadlines_follow(),
                self._grades_meet(),
                self._one_ground_takes_cases(),
            )
        )
        return self

    def _keys_are_unique(self) -> Iterator[Misfit]:
        yield from _unique("role", (r.key for r in self.role))
        yield from _unique("stage", (s.kind for s in self.stage))
        yield from _unique("act", (a.command for a in self.act))
        yield from _unique("table", (t.key for t in self.table))
        yield from _unique("scope.unit_kind", (k.key for k in self.scope.unit_kind))
        yield from _unique("grade", (g.key for g in self.grade))
        yield from _unique("deduction", (d.key for d in self.deduction))
        yield from _unique("outcome_kind", (k.key for k in self.outcome_kind))
        yield from _unique("outcome", (o.key for o in self.outcome))
        yield from _unique("veto_ground", (g.key for g in self.veto_ground))
        yield from _unique("consequence", (c.key for c in self.consequence))
        yield from _unique("article", (p.clause for a in self.article for p in a.paragraph))
        for key in {*self.stages, self.routine_check.key} & {c.key for c in self.consequence}:
            yield Misfit(f"consequence.{key}", "与步骤同名", "has the name of a stage")

    def _names_exist(self) -> Iterator[Misfit]:
        yield from self._roles_exist()
        tables, tiers, grades = {t.key for t in self.table}, set(self.deductions), set(self.grades)
        for kind in self.scope.unit_kind:
            yield from _known(f"scope.unit_kind.{kind.key}.table", (kind.table,), tables)
        kinds = {k.key for k in self.outcome_kind}
        for o in self.outcome:
            yield from _known(f"outcome.{o.key}.kind", (o.kind,), kinds)
            yield from _known(f"outcome.{o.key}.cadre_deduction", (o.cadre_deduction,), tiers)
            yield from _known(f"outcome.{o.key}.other_deduction", (o.other_deduction,), tiers)
        for consequence in self.consequence:
            yield from _known(f"consequence.{consequence.key}.grades", consequence.grades, grades)

    def _duties_are_said(self) -> Iterator[Misfit]:
        for role in self.role:
            if role.duty is None and not self.words(role.clause):
                yield Misfit(
                    f"role.{role.key}.duty",
                    f"缺少职责：所录办法原文没有 {role.clause}",
                    f"is missing: the articles given have no {role.clause}",
                )

    def _roles_exist(self) -> Iterator[Misfit]:
        roles = set(self.roles)
        for stage in self.stage:
            yield from _known(f"stage.{stage.kind}.by", stage.by, roles)
            yield from _escalated(f"stage.{stage.kind}", stage.reminders, roles)
        for act in self.act:
            yield from _known(f"act.{act.command}.by", act.by, roles)
        for ground in self.veto_ground:
            yield from _known(f"veto_ground.{ground.key}.judged_by", ground.judged_by, roles)
        for consequence in self.consequence:
            yield from _known(f"consequence.{consequence.key}.by", consequence.by, roles)
            yield from _escalated(f"consequence.{consequence.key}", consequence.reminders, roles)
        yield from _known("routine_check.by", self.routine_check.by, roles)
        yield from _escalated("routine_check", self.routine_check.reminders, roles)
        yield from _known("year_end.to", self.year_end.to, roles)

    def _stages_can_follow(self) -> Iterator[Misfit]:
        kinds = [s.kind for s in self.stage]
        for kind in ORDER:
            if kind in _ALWAYS and kind not in kinds:
                yield Misfit("stage", f"缺少步骤 {kind}", f"stage {kind} is missing")
        for before, after in pairwise(kinds):
            if _rank(after) < _rank(before):
                yield Misfit(f"stage.{after}", f"不能排在 {before} 之后", f"cannot come after {before}")

    def _deadlines_follow(self) -> Iterator[Misfit]:
        dated = [(f"stage.{s.kind}.due", s.due_year, s.due) for s in self.stage if s.due is not None]
        for before, after in pairwise([("open_on", 0, self.open_on), *dated]):
            if before[1:] > after[1:]:
                yield Misfit(
                    before[0],
                    f"{before[2]} 晚于其后的 {after[0]}（{after[2]}）",
                    f"{before[2]} is after what follows it, {after[0]} ({after[2]})",
                )

    def _grades_meet(self) -> Iterator[Misfit]:
        """Every score from 0 to 100 has exactly one grade: no gap, no overlap (domain F13)."""
        best, worst = self.grade[0], self.grade[-1]
        if best.below is not None:
            yield Misfit(f"grade.{best.key}.below", "最高等次不写 below", "the best grade has no below")
        for upper, lower in pairwise(self.grade):
            yield from _meet(upper, lower)
        if worst.at_least != 0:
            yield Misfit(
                f"grade.{worst.key}.at_least",
                "最低等次应从 0 分起，否则有空档",
                "leaves a gap: the lowest grade starts at 0",
            )

    def _one_ground_takes_cases(self) -> Iterator[Misfit]:
        if sum(g.how == "case" for g in self.veto_ground) != 1:
            yield Misfit(
                "veto_ground",
                "必须有且只有一种 how 为 case 的否决情形，案件由它引起否决",
                "exactly one ground has how = case: the one recorded cases fall under",
            )

    @cached_property
    def roles(self) -> dict[str, Role]:
        return {r.key: r for r in self.role}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        return {s.kind: s for s in self.stage}

    @cached_property
    def acts(self) -> dict[str, ActRule]:
        return {a.command: a for a in self.act}

    @cached_property
    def tables(self) -> dict[str, IndicatorTable]:
        """The indicator table of each kind of unit."""
        by_key = {t.key: t for t in self.table}
        return {k.key: by_key[k.table] for k in self.scope.unit_kind}

    @cached_property
    def deductions(self) -> dict[str, Deduction]:
        return {d.key: d for d in self.deduction}

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        return {o.key: o for o in self.outcome}

    @cached_property
    def outcome_kinds(self) -> dict[str, OutcomeKind]:
        return {k.key: k for k in self.outcome_kind}

    @cached_property
    def grades(self) -> dict[str, Grade]:
        return {g.key: g for g in self.grade}

    @cached_property
    def grounds(self) -> dict[str, VetoGround]:
        return {g.key: g for g in self.veto_ground}

    @cached_property
    def consequences(self) -> dict[str, Consequence]:
        return {c.key: c for c in self.consequence}

    def timed(self, key: str) -> Stage | Consequence | RoutineCheckRules | None:
        """What has a deadline of this key: a stage, a task, the mending of a routine check; None for nothing known."""
        return self.stages.get(key) or self.consequences.get(key) or _named(key, self.routine_check)

    @property
    def worst(self) -> Grade:
        """The grade a veto forces (Art. 8(3): 直接评定为不合格)."""
        return self.grade[-1]

    def cited(self, act: str) -> Citation:
        """The clause a refusal of this act names."""
        return self.acts[act].cited if act in self.acts else UNNAMED

    @cached_property
    def paragraphs(self) -> dict[str, Paragraph]:
        """Every paragraph of the articles by its clause, in the order of the paper."""
        return {p.clause: p for a in self.article for p in a.paragraph}

    def words(self, clause: str) -> tuple[Paragraph, ...]:
        """What the measure itself says at `clause` (several are joined by `；`); nothing where the data lacks it."""
        return tuple(self.paragraphs[one] for one in clause.split("；") if one in self.paragraphs)

    def role_title(self, key: str) -> Text:
        """The title of a role; its key where the rulebook names no such role."""
        role = self.roles.get(key)
        return role.title.text if role else Text(zh=key, en=key)


def _named(key: str, part: RoutineCheckRules) -> RoutineCheckRules | None:
    return part if part.key == key else None


def _rank(kind: StageKind) -> int:
    """Where a stage can stand; the on-site steps share one place."""
    return ORDER.index("meeting" if kind in _ON_SITE else kind)


def _meet(upper: Grade, lower: Grade) -> Iterator[Misfit]:
    """The lower grade ends where the upper begins."""
    where = f"grade.{lower.key}"
    if lower.below is None or lower.below > upper.at_least:
        yield Misfit(
            f"{where}.below",
            f"与 {upper.key}（≥ {upper.at_least}）重叠",
            f"overlaps with {upper.key} (at least {upper.at_least})",
        )
    elif lower.below < upper.at_least:
        yield Misfit(
            f"{where}.below",
            f"{lower.below} 与 {upper.key}（≥ {upper.at_least}）之间有空档",
            f"{lower.below} leaves a gap below {upper.key} (at least {upper.at_least})",
        )
    if lower.at_least >= upper.at_least:
        yield Misfit(f"{where}.at_least", f"应低于 {upper.key}", f"must lie below {upper.key}")


def _adds_up(whole: Decimal, parts: Iterable[Decimal], zh: str, en: str) -> None:
    total = sum(parts, Decimal(0))
    if total != whole:
        raise Misfits(Misfit("", f"{zh}分值合计 {total}，应为 {whole}", f"{en} add up to {total}, not {whole}"))


def _fits(misfits: Iterable[Misfit]) -> None:
    found = tuple(misfits)
    if found:
        raise Misfits(*found)


def _unique(where: str, keys: Iterable[str]) -> Iterator[Misfit]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield Misfit(where, f"键 {key} 重复", f"key {key} stands {times} times")


def _together(name: str, due: object, reminders: Reminders | None) -> None:
    """A deadline has reminders, and only a deadline has."""
    if (due is None) != (reminders is None):
        raise Misfits(
            Misfit(
                "",
                f"{name} 与 reminders 必须同时写或同时不写",
                f"{name} and reminders go together, or neither is there",
            )
        )


def _escalated(where: str, reminders: Reminders | None, roles: AbstractSet[str]) -> Iterator[Misfit]:
    rungs = reminders.escalate if reminders else ()
    yield from _known(f"{where}.reminders.escalate", (r.to for r in rungs), roles)
    yield from _known(f"{where}.reminders.weekly", reminders.weekly if reminders else (), roles)


def _known(where: str, keys: Iterable[str | None], known: AbstractSet[str]) -> Iterator[Misfit]:
    for key in keys:
        if key is not None and key not in known:
            names = ", ".join(sorted(known))
            yield Misfit(where, f"没有名为 {key} 的定义（可用：{names}）", f"nothing is called {key} (known: {names})")
