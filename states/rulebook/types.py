"""The types of a rulebook: one edition of a measure as data, with the checks that it is consistent.

Also here: finding a part by its key (`Rulebook.stages`, `outcomes`). Not here: the stages (`stages.py`), and reading a
file (`config/rulebooks.py`). Every part names the clause that it comes from. A rulebook chooses among closed kinds; no
text in it is evaluated as code. Points are `Decimal`.

A part that is not consistent raises `Misfits` with all its misfits at once. Each misfit has its place within the part
and a sentence in both languages; pydantic adds the place of the part.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from itertools import chain, pairwise, takewhile
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, model_validator

from states.vocabulary import Citation, Text

from .calculation.forms import BallotKind, ScoreForm
from .calculation.read_values import VoteValue
from .calculation.result_rules import ResultRules
from .clauses import cite
from .parts import (
    Clause,
    Key,
    Misfit,
    Misfits,
    MonthDay,
    NonBlank,
    Paragraph,
    Part,
    Points,
    Source,
    Wording,
    raise_if_any,
    repeated,
    unknown,
)
from .program_readings import PROGRAM_READINGS
from .readings import Reading, ReadingList, meanings_in, put_in
from .stages import (
    Occasion,
    Reminders,
    Stage,
    check_pair,
    misordered_deadlines,
    misplaced_stages,
    unknown_recipients,
    wrong_occasions,
)

UNNAMED = Text(zh="本办法未列此项", en="not named in this measure")
Effect = Literal["none", "deduct", "veto", "committee", "pending"]
Standing = Literal["party_cadre", "party_member", "cadre", "staff", "student_member", "student"]
"""The standing of a person: 党员干部, 党员（非干部）, 干部（非党员）, 其他教职工, 学生党员, 学生（非党员）."""


class Article(Part):
    """第…条: its printed number (`label`), its heading if it has one, and its paragraphs in order.

    The clause of each paragraph begins with `label`.
    """

    label: NonBlank
    heading: Wording | None = None
    paragraph: Annotated[tuple[Paragraph, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_clauses(self) -> Self:
        for paragraph in self.paragraph:
            if not paragraph.clause.startswith(self.label):
                raise Misfits(
                    Misfit(
                        f"paragraph.{paragraph.clause}.clause",
                        f"不属于{self.label}",
                        f"does not belong to {self.label}",
                    )
                )
        return self


class NoticeRule(Part):
    """印发通知: the notice that issued the measure, with its print line. Its signature and date are the measure's."""

    title: Wording
    addressee: Wording
    body: Wording
    printed_by: Wording
    printed_on: date


class Measure(Part):
    """The measure as a document: title, issuer, dates and notice. Its text is in `[[article]]` and `[[table]]`."""

    title: Wording
    issuer: Wording
    issued_on: date
    in_force_from: date
    notice: NoticeRule | None = None


class Role(Part):
    """A role that the measure defines, or this system (`source` is "ours").

    `duty` describes the role in our words. None: the paragraphs of the measure at `clause` describe it.
    """

    key: Key
    title: Wording
    clause: Clause
    source: Source
    duty: Wording | None = None


class YearEnd(Part):
    """The sheet of open work before the end of the year: working days before the end, and the roles that receive it."""

    before: Annotated[tuple[Annotated[int, Field(strict=True, ge=1, le=60)], ...], Field(min_length=1)]
    to: Annotated[tuple[Key, ...], Field(min_length=1)]


class ActRule(Part):
    """An act that is not the step of a stage, and the only roles that may do it (`states/policy.py` narrows some)."""

    command: Key
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    clause: Clause
    source: Source
    title: Wording

    @property
    def cited(self) -> Citation:
        """Its clause as a refusal names it. If the measure has no such rule, this says that it is our default."""
        if self.source == "measure":
            return self.clause
        return Text(zh=f"本系统默认·{self.clause}", en=f"our default for {cite(self.clause).en}")


class Grade(Part):
    """等次: the scores from `at_least` (inclusive) to `below` (exclusive; None for the best grade)."""

    key: Key
    title: Wording
    clause: Clause
    at_least: Points
    below: Points | None = None


class Deduction(Part):
    """扣分档: the points that one case of this tier costs (附件1、2 第5项)."""

    key: Key
    title: Wording
    points: Annotated[Points, Field(gt=0)]
    clause: Clause


class Unusual(Part):
    """The standings for which an outcome is possible but unusual, with the reason. Its record then needs a remark."""

    standings: Annotated[tuple[Standing, ...], Field(min_length=1)]
    why: Wording


class OutcomeKind(Part):
    """A kind of outcome (its *ladder*), with the standings that can have it; `why` is the reason why no others can.

    `unusual` names standings for which it needs a remark. `basis` names the regulation for this, if it is not the
    measure.
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
    """An outcome of a case, with its effect on the department: for 党员干部 (`cadre`) and for everybody else (`other`).

    `weight` orders outcomes from light to heavy: of two outcomes for the same act, the heavier one counts. `certainty`
    says where the effect comes from: the text of the measure, our reading of it, or open until the college decides.
    `unusual` names standings for which it needs a remark, besides those of its `kind`. After an outcome that is `last`,
    an outcome of its kind for the same person needs a remark.
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
        """Whether the outcome only means that the case is not decided yet (立案、留置)."""
        return "pending" in (self.cadre, self.other)

    @model_validator(mode="after")
    def _check_tiers(self) -> Self:
        for group, effect, tier in (
            ("cadre", self.cadre, self.cadre_deduction),
            ("other", self.other, self.other_deduction),
        ):
            if (effect == "deduct") != (tier is not None):
                raise Misfits(
                    Misfit(
                        f"{group}_deduction",
                        f"仅当 {group} 为 deduct 时写，且必须写",
                        f"is written exactly when {group} is deduct",
                    )
                )
        return self


class VetoGround(Part):
    """一票否决情形. If `how` is "case", it follows from a recorded case; if "judged", the roles `judged_by` record it."""

    key: Key
    title: Wording
    clause: Clause
    how: Literal["case", "judged"]
    judged_by: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _check_judges(self) -> Self:
        if (self.how == "judged") != bool(self.judged_by):
            raise Misfits(
                Misfit("judged_by", "仅当 how 为 judged 时写，且必须写", "is written exactly when how is judged")
            )
        return self


class Consequence(Part):
    """A consequence of a circulated result: a task for the roles `by`, if the grade is one of `grades`.

    The task is due `due_after` calendar days after the day of the notice, also if that is not a working day. An annual
    result has it; with `special`, a special assessment (第六条) has it too. `persons` are the persons that its record
    lists: none, every member of the team, or the persons responsible, each with the measure taken.
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
    def _check_reminders(self) -> Self:
        check_pair("due_after", self.due_after, self.reminders)
        return self


class RoutineCheckRules(Part):
    """平时检查: the rules for findings. The roles `by` rectify them and answer; `reminders` belong to the deadline."""

    title: Wording
    clause: Clause
    source: Source
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    reminders: Reminders

    @property
    def key(self) -> str:
        """The key of its deadline."""
        return "routine_check"


class Scoring(Part):
    """The rules of scoring: points are multiples of `step`; at least `minimum_sheets` assessors fill in a sheet.

    Also here: the minimum numbers of talks with members of the team and with staff (stage `interviews`).
    """

    step: Annotated[Points, Field(gt=0)]
    minimum_sheets: Annotated[int, Field(strict=True, ge=1, le=1000)]
    minimum_talks_with_members: Annotated[int, Field(strict=True, ge=0, le=1000)]
    minimum_talks_with_staff: Annotated[int, Field(strict=True, ge=0, le=1000)]
    clause: Clause
    source: Source


class ReadingRules(ReadingList):
    """The readings of a rulebook, and our defaults for those that the program follows and the rulebook does not have."""

    @model_validator(mode="after")
    def _check_alternatives(self) -> Self:
        """Alternatives that the program does not know."""
        raise_if_any(
            misfit
            for reading in self.reading
            if reading.key in PROGRAM_READINGS
            for misfit in unknown(
                f"reading.{reading.key}.alternative",
                reading.alternatives,
                PROGRAM_READINGS[reading.key].alternatives.keys(),
            )
        )
        return self

    @cached_property
    def readings(self) -> dict[str, Reading]:
        own = {reading.key: reading for reading in self.reading}
        return own | {key: reading for key, reading in PROGRAM_READINGS.items() if key not in own}


class ProcedureRules(Part):
    """The parts of a rulebook beside its rules of results: the measure as a document, roles, stages, acts, deadlines.

    - `remind_at`: the time of day of reminders. `open_on`: the day on which the clock opens a year.
    - `notice_days`: the fewest working days until a deadline that the clock sets.
    """

    format: Literal[1]
    id: Key
    timezone: str
    remind_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    open_on: MonthDay
    notice_days: Annotated[int, Field(strict=True, ge=1, le=30)]
    year_end: YearEnd
    measure: Measure
    article: tuple[Article, ...] = ()
    role: tuple[Role, ...]
    stage: tuple[Stage, ...]
    occasion: tuple[Occasion, ...] = ()
    act: tuple[ActRule, ...]
    scoring: Scoring
    grade: Annotated[tuple[Grade, ...], Field(min_length=2)]
    deduction: Annotated[tuple[Deduction, ...], Field(min_length=1)]
    outcome_kind: Annotated[tuple[OutcomeKind, ...], Field(min_length=1)]
    outcome: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    veto_ground: tuple[VetoGround, ...]
    veto_clause: Clause
    consequence: tuple[Consequence, ...]
    routine_check: RoutineCheckRules

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        raise_if_any(
            chain(
                self._repeated_keys(),
                self._unknown_names(),
                self._missing_duties(),
                misplaced_stages(self.stage),
                misordered_deadlines(self.open_on, self.stage),
                wrong_occasions(self.occasion, self.stage),
                self._wrong_grade_ranges(),
                self._wrong_case_grounds(),
            )
        )
        return self

    def _repeated_keys(self) -> Iterator[Misfit]:
        yield from repeated("role", (r.key for r in self.role))
        yield from repeated("stage", (s.key for s in self.stage))
        yield from repeated("act", (a.command for a in self.act))
        yield from repeated("grade", (g.key for g in self.grade))
        yield from repeated("deduction", (d.key for d in self.deduction))
        yield from repeated("outcome_kind", (k.key for k in self.outcome_kind))
        yield from repeated("outcome", (o.key for o in self.outcome))
        yield from repeated("veto_ground", (g.key for g in self.veto_ground))
        yield from repeated("consequence", (c.key for c in self.consequence))
        yield from repeated("article", (p.clause for a in self.article for p in a.paragraph))
        for key in {*self.stages, self.routine_check.key} & {c.key for c in self.consequence}:
            yield Misfit(f"consequence.{key}", "与步骤同名", "has the name of a stage")
        if self.routine_check.key in self.stages:
            yield Misfit("routine_check.key", "与步骤同名", "has the name of a stage")

    def _unknown_names(self) -> Iterator[Misfit]:
        yield from self._unknown_roles()
        tiers, grades = set(self.deductions), set(self.grades)
        kinds = {k.key for k in self.outcome_kind}
        for o in self.outcome:
            yield from unknown(f"outcome.{o.key}.kind", (o.kind,), kinds)
            yield from unknown(f"outcome.{o.key}.cadre_deduction", (o.cadre_deduction,), tiers)
            yield from unknown(f"outcome.{o.key}.other_deduction", (o.other_deduction,), tiers)
        for consequence in self.consequence:
            yield from unknown(f"consequence.{consequence.key}.grades", consequence.grades, grades)

    def _missing_duties(self) -> Iterator[Misfit]:
        for role in self.role:
            if role.duty is None and not self.words(role.clause):
                yield Misfit(
                    f"role.{role.key}.duty",
                    f"缺少职责：所录办法原文没有 {role.clause}",
                    f"is missing: the articles given have no {role.clause}",
                )

    def _unknown_roles(self) -> Iterator[Misfit]:
        roles = set(self.roles)
        for stage in self.stage:
            yield from unknown(f"stage.{stage.key}.by", stage.by, roles)
            yield from unknown_recipients(f"stage.{stage.key}", stage.reminders, roles)
        for act in self.act:
            yield from unknown(f"act.{act.command}.by", act.by, roles)
        for ground in self.veto_ground:
            yield from unknown(f"veto_ground.{ground.key}.judged_by", ground.judged_by, roles)
        for consequence in self.consequence:
            yield from unknown(f"consequence.{consequence.key}.by", consequence.by, roles)
            yield from unknown_recipients(f"consequence.{consequence.key}", consequence.reminders, roles)
        yield from unknown("routine_check.by", self.routine_check.by, roles)
        yield from unknown_recipients("routine_check", self.routine_check.reminders, roles)
        yield from unknown("year_end.to", self.year_end.to, roles)

    def _wrong_grade_ranges(self) -> Iterator[Misfit]:
        """Gaps and overlaps: every score from 0 to 100 must have exactly one grade (F13)."""
        best, worst = self.grade[0], self.grade[-1]
        if best.below is not None:
            yield Misfit(f"grade.{best.key}.below", "最高等次不写 below", "the best grade has no below")
        for upper, lower in pairwise(self.grade):
            yield from _boundary(upper, lower)
        if worst.at_least != 0:
            yield Misfit(
                f"grade.{worst.key}.at_least",
                "最低等次应从 0 分起，否则有空档",
                "leaves a gap: the lowest grade starts at 0",
            )

    def _wrong_case_grounds(self) -> Iterator[Misfit]:
        """More or fewer veto grounds than one that follow from a case."""
        if sum(g.how == "case" for g in self.veto_ground) != 1:
            yield Misfit(
                "veto_ground",
                "必须有且只有一种 how 为 case 的否决情形，案件由它引起否决",
                "exactly one ground must have how = case; recorded cases fall under it",
            )

    @cached_property
    def roles(self) -> dict[str, Role]:
        return {r.key: r for r in self.role}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        return {s.key: s for s in self.stage}

    @cached_property
    def next_stages(self) -> dict[str, Stage]:
        """The stage after each stage but the last, by the key of the earlier one."""
        return {before.key: after for before, after in pairwise(self.stage)}

    @cached_property
    def acts(self) -> dict[str, ActRule]:
        return {a.command: a for a in self.act}

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

    def part_with_deadline(self, key: str) -> Stage | Consequence | RoutineCheckRules | None:
        """The part whose deadline has this key: a stage, a consequence or the routine checks. None if there is none."""
        check = self.routine_check
        return self.stages.get(key) or self.consequences.get(key) or (check if check.key == key else None)

    @property
    def worst_grade(self) -> Grade:
        """The grade that a veto forces (第八条（三）: 直接评定为不合格)."""
        return self.grade[-1]

    def cited(self, act: str) -> Citation:
        """The clause that a refusal of this act names."""
        return self.acts[act].cited if act in self.acts else UNNAMED

    @cached_property
    def paragraphs(self) -> dict[str, Paragraph]:
        """Every paragraph of the articles by its clause, in the printed order."""
        return {p.clause: p for a in self.article for p in a.paragraph}

    def words(self, clause: str) -> tuple[Paragraph, ...]:
        """The paragraphs of the measure at `clause` (several are joined by `；`), without those that the data lacks."""
        return tuple(self.paragraphs[part] for part in clause.split("；") if part in self.paragraphs)

    def role_title(self, key: str) -> Text:
        """The title of a role; the key itself if the rulebook has no such role."""
        role = self.roles.get(key)
        return role.title.text if role else Text(zh=key, en=key)


class Rulebook(ReadingRules, ResultRules, ProcedureRules):
    """One edition of a measure. Frozen. The entries made under it name the digest of its text.

    `reading_places`: the key of each reading, by the place where it stood. The file does not have it.
    """

    reading_places: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _put_readings_in(cls, data: Any) -> Any:
        """The data with every reading replaced by what its chosen alternative means."""
        if not isinstance(data, dict) or "reading" not in data:
            return data
        put = put_in(data, meanings_in(data))
        raise_if_any(put.unknown)
        return {**put.data, "reading": data["reading"], "reading_places": put.uses}

    @model_validator(mode="after")
    def _check_votes(self) -> Self:
        """Votes that a result reads must have been cast before it is scored, in the round and at each occasion."""
        of_occasions = (one._missing_votes(f"occasion.{key}.stages") for key, one in self._at_occasions.items())
        raise_if_any(chain(self._missing_votes("stage"), *of_occasions))
        return self

    def _missing_votes(self, place: str) -> Iterator[Misfit]:
        """A misfit for each value that reads the votes of a ballot that is not held before scoring."""
        before_scoring = takewhile(lambda stage: stage.kind != "scoring", self.stage)
        if any(stage.kind == "democratic_evaluation" for stage in before_scoring):
            return
        subjects = [subject for subject in self.subject if subject.occasion is None]
        forms, keys = {form for one in subjects for form in one.form.values()}, {one.key for one in subjects}
        on_forms = (value for form in self.form if form.key in forms for value in form.items.values())
        beside = (value for value in self.value if keys & {*(value.subjects or (self.subject[0].key,))})
        for value in chain(on_forms, beside):
            if isinstance(value, VoteValue):
                zh = f"{value.key} 要用民主测评的票数，scoring 之前须有步骤 democratic_evaluation"
                en = f"{value.key} reads votes: a stage democratic_evaluation must come before scoring"
                yield Misfit(place, zh, en)

    def at(self, occasion: str | None) -> Rulebook:
        """The rulebook as it is at an occasion: its stages, and its subjects if it has some. Else the rulebook itself.

        A special assessment (第六条) that is no occasion of the rulebook has all stages of the round.
        """
        return self._at_occasions.get(occasion or "", self)

    @cached_property
    def _at_occasions(self) -> dict[str, Rulebook]:
        return {occasion.key: self._at(occasion) for occasion in self.occasion}

    def _at(self, occasion: Occasion) -> Rulebook:
        changes: dict[str, object] = {"stage": tuple(self.stages[key] for key in occasion.stages), "occasion": ()}
        own = tuple(one for one in self.subject if one.occasion == occasion.key)
        if own:
            keys, first = {one.key for one in own}, (self.subject[0].key,)
            changes["subject"] = tuple(one.model_copy(update={"occasion": None}) for one in own)
            changes["value"] = tuple(value for value in self.value if keys & {*(value.subjects or first)})
        copied = self.model_copy(update=changes)
        # `model_copy` also copies what was computed from the other stages and subjects.
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied

    @cached_property
    def forms_by_kind(self) -> dict[str, ScoreForm]:
        """The form of the first subject for each kind of department, by the key of the kind."""
        return {kind: self.forms[form] for kind, form in self.subject[0].form.items()}

    @property
    def ballot_paper(self) -> BallotKind:
        """The ballot of the stage 民主测评."""
        return self.ballot[0]


def _boundary(upper: Grade, lower: Grade) -> Iterator[Misfit]:
    """Gaps and overlaps between two neighbouring grades: the lower one must end where the upper one begins."""
    place = f"grade.{lower.key}"
    if lower.below is None or lower.below > upper.at_least:
        yield Misfit(
            f"{place}.below",
            f"与 {upper.key}（≥ {upper.at_least}）重叠",
            f"overlaps with {upper.key} (at least {upper.at_least})",
        )
    elif lower.below < upper.at_least:
        yield Misfit(
            f"{place}.below",
            f"{lower.below} 与 {upper.key}（≥ {upper.at_least}）之间有空档",
            f"{lower.below} leaves a gap below {upper.key} (at least {upper.at_least})",
        )
    if lower.at_least >= upper.at_least:
        yield Misfit(f"{place}.at_least", f"应低于 {upper.key}", f"must lie below {upper.key}")
