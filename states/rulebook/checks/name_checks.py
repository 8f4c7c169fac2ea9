"""Whether everything that a part names is there, under a key that occurs once; and whether a value needs itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from states.rulebook.calculation.entered_values import GivenValue, LevelValue
from states.rulebook.calculation.forms import TOTAL, BallotKind, Subject
from states.rulebook.calculation.plan import GRADE, SUBJECTS_OVER, WORD_NAMES, SubjectPlan
from states.rulebook.calculation.read_values import EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.values import NamedValue
from states.rulebook.file_locations import location_of
from states.rulebook.parts import Misfit, Misfits, nearest, repeated, unknown

from .known_names import KnownNames
from .subject_tests import standings_of, tests_of

RESERVED = (TOTAL, GRADE, *WORD_NAMES)
SINGLE = ("unit", "team")


def check_names(rules: ResultRules, known: KnownNames) -> Iterator[Misfit]:
    """The misfits of all names. Without any, every plan can be made."""
    missing = [*_repeated_keys(rules), *_parts_of_subjects(rules, known)]
    yield from missing
    if not has_plans(missing):
        return
    for occasion in _occasions(rules):
        for kind in rules.kinds_of(occasion):
            plans = rules.subject_plans(occasion, kind)
            for plan in plans:
                yield from _names_of_subject(Surroundings(rules, known, kind, plans, plan))


def has_plans(missing: Iterable[Misfit]) -> bool:
    """Whether every subject has its parts in spite of these misfits, so that its plan can be made."""
    return not any(location.startswith("subject.") for location, _, _ in missing)


def check_circles(rules: ResultRules) -> Iterator[Misfit]:
    """Values that need themselves. The plans have found them, standings included."""
    try:
        _ = rules.plans, rules.occasion_plans
    except Misfits as circle:
        yield from circle.misfits


class Surroundings(NamedTuple):
    """A subject of one kind of department, among the others."""

    rules: ResultRules
    known: KnownNames
    unit_kind: str
    plans: Sequence[SubjectPlan]
    plan: SubjectPlan

    def has(self, name: str) -> bool:
        """Whether a name stands for a value or a grade: of the subject, `who:value` of others, `subject.value` of one."""
        who, colon, key = name.partition(":")
        if colon:
            return any(key in plan.values for plan in self.plans if plan.subject.is_ in SUBJECTS_OVER.get(who, ()))
        if name in self.plan.values:
            return True
        if name == GRADE:
            return self.plan.scale is not None
        subject, _, key = name.partition(".")
        others = (plan for plan in self.plans if plan.subject.key == subject and plan.subject.is_ in SINGLE)
        return any(key in plan.values or (key == GRADE and plan.scale is not None) for plan in others)

    def unknown(self, location: str, names: Iterable[str]) -> Iterator[Misfit]:
        for name in names:
            if not self.has(name):
                zh, en = self._known_names(name)
                if self._is_known_elsewhere(name):
                    subject = self.plan.subject.key
                    zh = f"对 {self.unit_kind} 的 {subject}，没有名为 {name} 的分值{zh}"
                    yield Misfit(location, zh, f"nothing is called {name} for {subject} of {self.unit_kind}{en}")
                else:
                    yield Misfit(location, f"没有名为 {name} 的分值{zh}", f"nothing is called {name}{en}")

    def _is_known_elsewhere(self, name: str) -> bool:
        """Whether a value has this name for another subject or kind of department."""
        key = name.rpartition(":")[2].rpartition(".")[2]
        return any(key in form.items for form in self.rules.form) or any(key == one.key for one in self.rules.value)

    def _known_names(self, name: str) -> tuple[str, str]:
        """The name that was perhaps meant; if none is near, every name that there is."""
        meant, values = nearest(name, self.plan.values), ", ".join(self.plan.values)
        return (
            (f"，是否指 {meant}", f"; is {meant} meant?") if meant else (f"（可用：{values}）", f" (known: {values})")
        )


def _occasions(rules: ResultRules) -> list[str | None]:
    return list(dict.fromkeys([None, *(subject.occasion for subject in rules.subject)]))


def _repeated_keys(rules: ResultRules) -> Iterator[Misfit]:
    for location in ("unit_kind", "levels", "form", "subject", "scale", "ballot", "record", "ladder", "standing"):
        yield from repeated(location, (part.key for part in getattr(rules, location)))
    for form in rules.form:
        yield from _reserved(f"form.{form.key}", form.items)
    yield from _reserved("value", (value.key for value in rules.value))
    for ballot in rules.ballot:
        yield from repeated(f"ballot.{ballot.key}.option", (option.key for option in ballot.option))
        yield from repeated(f"ballot.{ballot.key}.group", (group.key for group in ballot.group))
    for kind in rules.record:
        yield from repeated(f"record.{kind.key}.field", (field.key for field in kind.field))
        for field in kind.field:
            location = f"record.{kind.key}.field.{field.key}"
            yield from repeated(location, [*(option.key for option in field.option), *field.group])
            for name, options in field.group.items():
                yield from unknown(f"{location}.group.{name}", options, field.weights.keys())


def _reserved(location: str, keys: Iterable[str]) -> Iterator[Misfit]:
    for key in keys:
        if key in RESERVED:
            words = (
                f"{key} 是本系统的名称，请换一个键",
                f"the key {key} is a name of the program's own: choose another",
            )
            yield Misfit(f"{location}.{key}", *words)


def _parts_of_subjects(rules: ResultRules, known: KnownNames) -> Iterator[Misfit]:
    listed = known.unit_kinds if known.unit_kinds is not None else {kind.key for kind in rules.unit_kind}
    subjects = {subject.key for subject in rules.subject}
    for subject in rules.subject:
        location = f"subject.{subject.key}"
        yield from unknown(f"{location}.form", subject.form.values(), rules.forms.keys())
        yield from unknown(f"{location}.scale", (subject.scale,), rules.scales.keys())
        if listed:
            yield from unknown(f"{location}.form", subject.form, listed)
        if known.occasions is not None:
            yield from unknown(f"{location}.occasion", (subject.occasion,), known.occasions)
    for value in rules.value:
        yield from unknown(f"value.{value.key}.for", value.subjects, subjects)
    for standing in rules.standing:
        if standing.subject:
            yield from unknown(f"standing.{standing.key}.for", (standing.subject,), subjects)
    for key in set(rules.scales) - {subject.scale for subject in rules.subject}:
        yield Misfit(f"scale.{key}", "没有考核对象使用这一等次表", "no subject has this scale")
    for scale in rules.scale:
        yield from _roles(f"scale.{scale.key}.ask", scale.ask, known)


def _roles(location: str, roles: Iterable[str], known: KnownNames) -> Iterator[Misfit]:
    if known.roles is not None:
        yield from unknown(location, roles, known.roles)


def _names_of_subject(around: Surroundings) -> Iterator[Misfit]:
    plan = around.plan
    yield from _shadowed(around)
    for key, value in plan.values.items():
        location = location_of(plan, key)
        yield from around.unknown(location, (need for need in value.needs() if need not in WORD_NAMES))
        yield from _names_of_way(value, location, around)
    for standing in standings_of(around.rules, plan):
        yield from around.unknown(f"standing.{standing.key}.of", (standing.of,))
        yield from around.unknown(f"standing.{standing.key}.then", standing.then)
    for location, test in tests_of(around.rules, plan):
        if test.of not in WORD_NAMES:
            yield from around.unknown(location, (test.of,))


def _shadowed(around: Surroundings) -> Iterator[Misfit]:
    """A value beside the form with the key of an item, or of another value."""
    subject: Subject = around.plan.subject
    first = (around.rules.subject[0].key,)
    beside = [value.key for value in around.rules.value if subject.key in (value.subjects or first)]
    on_form = around.plan.form.items if around.plan.form is not None else {}
    yield from repeated("value", [*beside, *(key for key in on_form if key in beside)])


def _names_of_way(value: NamedValue, location: str, around: Surroundings) -> Iterator[Misfit]:
    """What a value names that is no value: a ballot, a ladder, a list of levels, roles."""
    rules, known = around.rules, around.known
    if isinstance(value, GivenValue | FindingValue | LevelValue):
        yield from _roles(f"{location}.by", value.by, known)
    if isinstance(value, LevelValue):
        yield from unknown(f"{location}.among", (value.among,), rules.level_words.keys())
    elif isinstance(value, LadderValue):
        yield from unknown(f"{location}.ladder", (value.ladder,), rules.ladders.keys())
    elif isinstance(value, PlaceValue):
        yield from _names_of_place(value, location, around)
    elif isinstance(value, VoteValue):
        yield from unknown(f"{location}.ballot", (value.ballot,), rules.ballots.keys())
        if value.ballot in rules.ballots:
            yield from _names_of_vote(value, location, rules.ballots[value.ballot])
    elif isinstance(value, EarlierValue):
        yield from _names_of_earlier(value, location, around)


def _names_of_vote(value: VoteValue, location: str, ballot: BallotKind) -> Iterator[Misfit]:
    yield from unknown(f"{location}.share_of", value.share_of, set(ballot.base))
    yield from unknown(f"{location}.weights", value.weights, set(ballot.groups))
    if not value.share_of and not ballot.points:
        zh = f"测评 {ballot.key} 的选项没有分值：请写 share_of，或给选项写 points"
        yield Misfit(
            location, zh, f"the options of ballot {ballot.key} have no points: write share_of, or their points"
        )


def _names_of_place(value: PlaceValue, location: str, around: Surroundings) -> Iterator[Misfit]:
    """The standing, which orders this very subject, and its quota."""
    rules, own = around.rules, around.plan.subject.key
    yield from unknown(f"{location}.standing", (value.standing,), rules.standings.keys())
    if value.standing in rules.standings:
        ordered = rules.standings[value.standing].subject or rules.subject[0].key
        if ordered != own:
            zh = f"{value.standing} 排的是 {ordered} 的名次：请把 {value.key} 写给 {ordered}（for），再以 {ordered}.{value.key} 引用"
            en = (
                f"{value.standing} orders {ordered}, not {own}: give {value.key} to {ordered} (for), "
                f"and name it {ordered}.{value.key}"
            )
            yield Misfit(location, zh, en)
    if value.give == "seat" and value.standing in rules.standings:
        quotas = {quota.key for quota in rules.standings[value.standing].quota}
        yield from unknown(f"{location}.quota", (value.quota,), quotas)
        if value.quota is None and len(quotas) != 1:
            zh = f"{value.standing} 的名额有 {len(quotas)} 种：请写明是哪一种（quota）"
            yield Misfit(location, zh, f"{value.standing} has {len(quotas)} quotas: say which (quota)")


def _names_of_earlier(value: EarlierValue, location: str, around: Surroundings) -> Iterator[Misfit]:
    if value.of == GRADE:
        yield from around.unknown(f"{location}.of", (GRADE,))
        return
    there: Callable[[str], bool] = around.has
    if value.occasion is not None:
        of_occasion = around.rules.subject_plans(value.occasion, around.unit_kind)
        keys = {key for plan in of_occasion for key in plan.values}
        if not of_occasion:
            zh = f"{value.occasion} 没有考核对象，得不出 {value.of}"
            yield Misfit(
                f"{location}.occasion", zh, f"no subject is reckoned at {value.occasion}, so there is no {value.of}"
            )
            return
        there = keys.__contains__
    if not there(value.of):
        yield Misfit(f"{location}.of", f"没有名为 {value.of} 的分值", f"nothing is called {value.of}")


def values_of(rules: ResultRules) -> Iterator[NamedValue]:
    """Every value of a rulebook, on forms and beside them."""
    for form in rules.form:
        yield from form.items.values()
    yield from rules.value
