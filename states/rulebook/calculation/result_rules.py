"""The rules of results of one edition: forms, subjects, scales, ballots, records, ladders, and named values.

Also here: the plan for each kind of department. Not here: the checks that every table is complete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated

from pydantic import Field

from states.rulebook.parts import Clause, Key, Part, Wording

from .forms import TOTAL, BallotKind, FormItem, LevelList, ScoreForm, Subject
from .kind_values import subjects_of_kinds
from .ladders import Ladder
from .lines import Inputs
from .periods import Period
from .plan import Plan, SubjectPlan
from .read_values import EarlierValue, FindingValue
from .record_kinds import RecordKind
from .rows import RowRules
from .scales import Limit, Scale
from .standings import Candidate, StandingKind
from .values import NamedValue


class DepartmentKind(Part):
    """A kind of department. The departments of one `group` are compared with each other."""

    key: Key
    title: Wording
    group: Key | None = None
    clause: Clause


class ResultRules(RowRules):
    """All parts of a rulebook from which results are reckoned."""

    period: Period = Period()
    unit_kind: tuple[DepartmentKind, ...] = ()
    levels: tuple[LevelList, ...] = ()
    form: tuple[ScoreForm, ...] = ()
    subject: Annotated[tuple[Subject, ...], Field(min_length=1)]
    scale: tuple[Scale, ...] = ()
    ballot: tuple[BallotKind, ...] = ()
    record: tuple[RecordKind, ...] = ()
    ladder: tuple[Ladder, ...] = ()
    value: tuple[FormItem, ...] = ()
    standing: tuple[StandingKind, ...] = ()

    @cached_property
    def level_words(self) -> dict[str, tuple[str, ...]]:
        """The words that a `level` may have, best first: by list of levels, and by scale."""
        lists = {one.key: tuple(level.key for level in one.level) for one in self.levels}
        return lists | {scale.key: tuple(scale.ranks) for scale in self.scale}

    @cached_property
    def forms(self) -> dict[str, ScoreForm]:
        return {form.key: form for form in self.form}

    @cached_property
    def scales(self) -> dict[str, Scale]:
        return {scale.key: scale for scale in self.scale}

    @cached_property
    def ladders(self) -> dict[str, Ladder]:
        return {ladder.key: ladder for ladder in self.ladder}

    def ladders_over(self, record: str) -> tuple[Ladder, ...]:
        """The ladders that count a kind of record."""
        return tuple(ladder for ladder in self.ladder if ladder.record == record)

    @cached_property
    def records(self) -> dict[str, RecordKind]:
        return {kind.key: kind for kind in self.record}

    @cached_property
    def open_options(self) -> dict[str, frozenset[str]]:
        """By kind of record: the options of its first field that only say that nothing is decided yet (立案、留置)."""
        return {kind.key: frozenset(_open_options(kind, self.ladder)) for kind in self.record}

    @cached_property
    def ballots(self) -> dict[str, BallotKind]:
        return {ballot.key: ballot for ballot in self.ballot}

    @cached_property
    def standings(self) -> dict[str, StandingKind]:
        return {standing.key: standing for standing in self.standing}

    @cached_property
    def findings(self) -> dict[str, FindingValue]:
        """Every finding of any subject, by its key."""
        on_forms = (value for form in self.form for value in form.items.values())
        return {value.key: value for value in (*self.value, *on_forms) if isinstance(value, FindingValue)}

    @cached_property
    def all_earlier_values(self) -> tuple[EarlierValue, ...]:
        """Every value that is read from an earlier round or an occasion, of any subject."""
        on_forms = (value for form in self.form for value in form.items.values())
        return tuple(value for value in (*on_forms, *self.value) if isinstance(value, EarlierValue))

    @cached_property
    def read_at_occasions(self) -> frozenset[str]:
        """The keys of the values that are read from an occasion, where the round may read what the occasion does not."""
        return frozenset(value.of for value in self.all_earlier_values if value.occasion is not None)

    @cached_property
    def earlier_values(self) -> dict[str, tuple[EarlierValue, ...]]:
        """By kind of department, the values that are read from earlier rounds or from occasions. Only kinds with some."""
        of_kinds = {
            kind: tuple(
                value
                for one in plan.subjects.values()
                for value in one.values.values()
                if isinstance(value, EarlierValue)
            )
            for kind, plan in self.plans.items()
        }
        return {kind: values for kind, values in of_kinds.items() if values}

    @cached_property
    def limits_of_findings(self) -> dict[str, tuple[Limit, ...]]:
        """The limits that read each finding (一票否决)."""
        limits: defaultdict[str, list[Limit]] = defaultdict(list)
        for scale in self.scale:
            for limit in scale.limit:
                for test in limit.tests():
                    limits[test.of.rpartition(".")[2]].append(limit)
        return {key: tuple(limits[key]) for key in self.findings if key in limits}

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The plan of the round for each kind of department. Raises `Misfits` for a circle."""
        return self._plans(None)

    @cached_property
    def occasion_plans(self) -> dict[str, dict[str, Plan]]:
        """By occasion (a half-year check), the plan for each kind of department. Raises `Misfits` for a circle."""
        occasions = dict.fromkeys(subject.occasion for subject in self.subject if subject.occasion is not None)
        return {occasion: self._plans(occasion) for occasion in occasions}

    def candidates(self, standing: StandingKind, inputs: Inputs) -> list[Candidate]:
        """The subjects of one assessment that a standing compares, as it compares them."""
        key = standing.subject or self.subject[0].key
        subject = next(subject for subject in self.subject if subject.key == key)
        plans = self.plans if subject.occasion is None else self.occasion_plans[subject.occasion]
        of_kind = next((kind.group for kind in self.unit_kind if kind.key == inputs.unit_kind), None)
        groups = {"round": "", "unit_kind": inputs.unit_kind, "unit_kind.group": of_kind, "unit": inputs.unit}
        scopes = plans[inputs.unit_kind].scopes(inputs)
        return [standing.candidate(one, groups[standing.group]) for one in scopes if one.plan.subject.key == key]

    def kinds_of(self, occasion: str | None) -> list[str]:
        """The kinds of department in the round (None), or at an occasion."""
        listed = (kind.key for kind in self.unit_kind)
        of_form = (kind for subject in self.subject if subject.occasion == occasion for kind in subject.form)
        return list(dict.fromkeys([*listed, *of_form]))

    def subject_plans(self, occasion: str | None, unit_kind: str) -> list[SubjectPlan]:
        """The subjects of a kind of department, each with every value written for it.

        Raises KeyError for a form or scale not there. Not here: which of the values the kind has (`kind_values.py`).
        """
        of_occasion = (subject for subject in self.subject if subject.occasion == occasion)
        return [self._subject_plan(one, unit_kind) for one in of_occasion if not one.form or unit_kind in one.form]

    def _plans(self, occasion: str | None) -> dict[str, Plan]:
        whole = {kind: self._plan(self.subject_plans(occasion, kind)) for kind in self.kinds_of(occasion)}
        of_kinds = subjects_of_kinds(whole, tuple(self.rows()), self.subject[0].key, self.read_at_occasions)
        return {
            kind: self._plan(subjects) if any(one.of_other_kinds for one in subjects) else whole[kind]
            for kind, subjects in of_kinds.items()
        }

    def _plan(self, subjects: list[SubjectPlan]) -> Plan:
        return Plan(subjects, self.ladders, self.records, self.ballots, self.period, self.standings)

    def _subject_plan(self, subject: Subject, unit_kind: str) -> SubjectPlan:
        form = self.forms[subject.form[unit_kind]] if subject.form else None
        on_form: dict[str, NamedValue] = {**form.items, TOTAL: form.total} if form is not None else {}
        first = (self.subject[0].key,)
        beside = {value.key: value for value in self.value if subject.key in (value.subjects or first)}
        values = {**on_form, **beside}
        scale = self.scales[subject.scale] if subject.scale is not None else None
        return SubjectPlan(subject, form, values, scale)


def _open_options(kind: RecordKind, ladders: tuple[Ladder, ...]) -> Iterator[str]:
    """The options of the first field for which a row of a ladder has the flag 待定."""
    for ladder in ladders:
        for row in ladder.row if ladder.record == kind.key else ():
            if row.flag == "pending":
                yield from kind.first.options_of(row.is_.get(kind.first.key, kind.first.options))
