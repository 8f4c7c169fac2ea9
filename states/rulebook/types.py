"""The types of a rulebook: one edition of a measure as data, with the checks that it is consistent.

Also here: finding a part by its key (`Rulebook.stages`, `outcomes`). Not here: the stages (`stages.py`), and reading a
file (`config/rulebooks.py`). Every part names the clause that it comes from. A rulebook chooses among closed kinds; no
text in it is evaluated as code. Points are `Decimal`.

A part that is not consistent raises `Misfits` with all its misfits at once. Each misfit has its location within the
part and a sentence in both languages; pydantic adds the location of the part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from functools import cached_property
from itertools import chain, pairwise, takewhile
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, model_validator

from states.vocabulary import CLOCK, UNIT_ROLE, Citation, Text

from .calculation.cuts import cuts_of
from .calculation.forms import BallotKind, ScoreForm
from .calculation.read_values import FindingValue, LadderValue, VoteValue
from .calculation.result_rules import ResultRules
from .calculation.scales import Scale
from .calculation.settling import Cut
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
from .program_readings import OUR_DEFAULT, PROGRAM_READINGS
from .readings import Reading, ReadingList, meanings_in, put_in
from .sentences.names import OutsideTitles, RuleNames
from .stages import (
    Occasion,
    Reminders,
    Stage,
    misordered_deadlines,
    misplaced_stages,
    unknown_recipients,
    wrong_occasions,
)
from .tasks import FollowUpRules, Task

VETOED = Text(zh="一票否决", en="veto")
CAPPED = Text(zh="等次受限", en="grade capped")
"""What a limit of a scale does to a grade: it sets the worst one, or it lets none be better than some other."""

TAKEN_OFF = Text(zh="扣分", en="Taken off")
"""The title of what stands beside a form if it only takes points off."""

UNNAMED = Text(zh="本办法未列此项", en="not named in this measure")


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

    `duty` describes the role in our words. None: the paragraphs of the measure at `clause` describe it. `supervises`:
    it sees how assessments are done, whatever its own acts are (纪检监察).
    """

    key: Key
    title: Wording
    clause: Clause
    source: Source
    duty: Wording | None = None
    supervises: StrictBool = False


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
        if self.clause == OUR_DEFAULT:
            return cite(self.clause)
        return Text(zh=f"本系统默认·{self.clause}", en=f"our default for {cite(self.clause).en}")


class DeadlineRules(Part):
    """The rules of something whose deadline a person sets. The roles `by` have to do it; `reminders` are those of the deadline."""

    title: Wording
    clause: Clause
    source: Source
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    reminders: Reminders


class RoutineCheckRules(DeadlineRules):
    """平时检查: the rules for findings. The roles `by` rectify them and answer."""

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
    - `document_request`: the rules for a document that reviewers ask a department for (补交); without them nobody asks.
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
    routine_check: RoutineCheckRules
    document_request: DeadlineRules | None = None

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        raise_if_any(
            chain(
                self._repeated_keys(),
                self._missing_roles(),
                self._unknown_roles(),
                self._missing_duties(),
                misplaced_stages(self.stage),
                misordered_deadlines(self.open_on, self.stage),
                wrong_occasions(self.occasion, self.stage),
            )
        )
        return self

    def _repeated_keys(self) -> Iterator[Misfit]:
        yield from repeated("role", (r.key for r in self.role))
        yield from repeated("stage", (s.key for s in self.stage))
        yield from repeated("act", (a.command for a in self.act))
        yield from repeated("article", (p.clause for a in self.article for p in a.paragraph))
        if self.routine_check.key in self.stages:
            yield Misfit("routine_check.key", "与步骤同名", "has the name of a stage")

    def _missing_roles(self) -> Iterator[Misfit]:
        """The two roles whose keys the program itself knows. It finds every other role by what it does."""
        for key, zh, en in (
            (UNIT_ROLE, "被考核部门以这一角色办理本部门的事项", "a department does its own acts in this role"),
            (CLOCK.role, "系统自动办理的事项以这一角色登记", "what the system does by itself is recorded in this role"),
        ):
            if key not in self.roles:
                yield Misfit("role", f'缺少 key = "{key}" 的角色：{zh}', f'there is no role with key = "{key}": {en}')

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
        for name, rules in (("routine_check", self.routine_check), ("document_request", self.document_request)):
            if rules is not None:
                yield from unknown(f"{name}.by", rules.by, roles)
                yield from unknown_recipients(name, rules.reminders, roles)
        yield from unknown("year_end.to", self.year_end.to, roles)

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


class Rulebook(ReadingRules, ResultRules, FollowUpRules, ProcedureRules):
    """One edition of a measure. Frozen. The entries made under it name the digest of its text.

    `reading_locations`: the key of each reading, by the location where it stood. The file does not have it.
    """

    reading_locations: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _put_readings_in(cls, data: Any) -> Any:
        """The data with every reading replaced by what its chosen alternative means."""
        if not isinstance(data, dict) or "reading" not in data:
            return data
        if "reading_locations" in data:
            raise Misfits(Misfit("reading_locations", "没有这个键，请删去", "there is no such key; remove it"))
        put = put_in(data, meanings_in(data))
        raise_if_any(put.unknown)
        return {**put.data, "reading": data["reading"], "reading_locations": put.uses}

    @model_validator(mode="after")
    def _check_votes(self) -> Self:
        """Votes that a result reads must have been cast before it is scored, in the round and at each occasion."""
        of_occasions = (one._missing_votes(f"occasion.{key}.stages") for key, one in self._at_occasions.items())
        raise_if_any(chain(self._missing_votes("stage"), *of_occasions))
        return self

    def _missing_votes(self, location: str) -> Iterator[Misfit]:
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
                yield Misfit(location, zh, en)

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
            for name, parts in (("value", self.value), ("task", self.task), ("window", self.window)):
                changes[name] = tuple(part for part in parts if keys & {*(part.subjects or first)})
        copied = self.model_copy(update=changes)
        # `model_copy` also copies what was computed from the other stages and subjects.
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        copied.__dict__["occasion_titles"] = self.occasion_titles
        copied.__dict__["read_at_occasions"] = self.read_at_occasions
        return copied

    @cached_property
    def occasion_titles(self) -> dict[str, Text]:
        """The title of each occasion. The rulebook at an occasion has no occasions, and keeps the titles."""
        return {occasion.key: occasion.title.text for occasion in self.occasion}

    def special_title(self, occasion: str | None, title: str | None) -> Text | None:
        """The title of an assessment beside the annual one: that of the occasion, or 专项检查 with the recorded title.

        None without an occasion: the annual assessment.
        """
        if occasion is None:
            return None
        own = Text(zh=f"专项检查：{title or occasion}", en=f"Special inspection: {title or occasion}")
        return self.occasion_titles.get(occasion, own)

    def part_with_deadline(self, key: str) -> Stage | Task | RoutineCheckRules | None:
        """The part whose deadline has this key: a stage, a task or the routine checks. None if there is none."""
        check = self.routine_check
        return self.stages.get(key) or self.task_of(key) or (check if check.key == key else None)

    @cached_property
    def forms_by_kind(self) -> dict[str, ScoreForm]:
        """The form of the first subject for each kind of department, by the key of the kind."""
        return {kind: self.forms[form] for kind, form in self.subject[0].form.items()}

    @cached_property
    def cuts(self) -> dict[str, tuple[Cut, ...]]:
        """By standing, where the rules make a difference between two of its places."""
        return {standing.key: cuts_of(standing, self, self.rows()) for standing in self.standing}

    @cached_property
    def adjustment_title(self) -> Text:
        """What is added or taken off beside the form of the first subject: 扣分, 加分 or, if it can be both, 加减分."""
        beside = [item for form in self.forms_by_kind.values() for item in form.item if item.beside]
        rows = [row for item in beside if isinstance(item, LadderValue) for row in self.ladders[item.ladder].row]
        if all(isinstance(item, LadderValue) for item in beside):
            if not any(row.may_add for row in rows):
                return TAKEN_OFF
            if not any(row.may_take_off for row in rows):
                return Text(zh="加分", en="Added")
        return Text(zh="加减分", en="Added or taken off")

    @property
    def ballot_paper(self) -> BallotKind:
        """The ballot of the stage 民主测评."""
        return self.ballot[0]

    @property
    def first_scale(self) -> Scale | None:
        """The scale of the first subject: the department's. None if it is only scored."""
        key = self.subject[0].scale
        return self.scales[key] if key is not None else None

    def scale_of(self, subject: str) -> Scale | None:
        """The scale of a subject (empty: the first). None if it is only scored."""
        key = next((one.scale for one in self.subject if one.key == subject), self.subject[0].scale)
        return self.scales[key] if key is not None else None

    def is_veto(self, limits: Collection[str], subject: str = "") -> bool:
        """Whether one of these limits sets the worst grade of a subject (一票否决). Another limit only caps the grade."""
        scale = self.scale_of(subject)
        return scale is not None and any(one.not_above == scale.worst for one in scale.limit if one.key in limits)

    def cause_of_grade(self, limits: Collection[str], subject: str = "") -> Text | None:
        """What limits did to a grade: 一票否决 if one sets the worst grade, else 等次受限. None without limits."""
        if not limits:
            return None
        return VETOED if self.is_veto(limits, subject) else CAPPED

    def limit_title(self, finding: str) -> Text:
        """What a finding does to a grade: 一票否决 if it sets the worst grade of a scale, else 等次受限."""
        limits = self.limits_of_findings.get(finding.partition("@")[0], ())
        is_worst = (limit.not_above == scale.worst for scale in self.scale for limit in limits if limit in scale.limit)
        return VETOED if any(is_worst) else CAPPED

    def grade_title(self, key: str | None, subject: str = "") -> Text:
        """The title of a grade of a subject (none: the first). The key if the rulebook has no such grade.

        None: 待定, or 不评等次 for a subject without a scale.
        """
        scale = self.scale_of(subject)
        if key is None:
            pending, no_grade = Text(zh="待定", en="Not known yet"), Text(zh="不评等次", en="Not graded")
            return no_grade if scale is None else pending
        grade = scale.grades.get(key) if scale is not None else None
        return grade.title.text if grade is not None else Text(zh=key, en=key)

    def finding(self, key: str) -> FindingValue | None:
        """The finding of a veto, by its key, with `@` and the id of a person if it is about one."""
        return self.findings.get(key.partition("@")[0])

    def title_of_finding(self, key: str) -> Text:
        finding = self.finding(key)
        return finding.title.text if finding is not None else Text(zh=key, en=key)

    def clause_of_finding(self, key: str | None) -> Citation:
        finding = self.finding(key or "")
        return finding.clause if finding is not None else self.cited("record_veto")

    @cached_property
    def outside_titles(self) -> OutsideTitles:
        """The titles that rules of results mention, and that stand in other parts."""
        return OutsideTitles(
            roles={role.key: role.title.text for role in self.role},
            occasions={occasion.key: occasion.title.text for occasion in self.occasion},
        )

    @cached_property
    def names(self) -> dict[str, RuleNames]:
        """The names of everything that the rules of a subject mention, by the key of the subject."""
        return {subject.key: RuleNames(self, subject.key, self.outside_titles) for subject in self.subject}
