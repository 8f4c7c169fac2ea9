"""The whole rulebook in words, part by part: who gets a result, the forms, sources, ladders, grades, and readings.

It says each rule as it stands; `explanation.py` says what it made in one assessment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from states.rulebook.calculation.computed_values import BandsValue
from states.rulebook.calculation.forms import BallotKind, Subject
from states.rulebook.calculation.ladders import Ladder
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.record_kinds import RecordKind
from states.rulebook.calculation.result_rules import DepartmentKind, ResultRules
from states.rulebook.calculation.rows import Certainty
from states.rulebook.calculation.scales import Scale
from states.rulebook.calculation.standings import Quota, StandingKind
from states.rulebook.calculation.values import NamedValue
from states.rulebook.readings import Reading
from states.vocabulary import Text

from .computed_sentences import band_outcome
from .conditions import row_text, test_text
from .names import NOTHING, OutsideTitles, RuleNames, figure, listed, quoted, reading_text
from .record_lines import ladder_rules, plausibility_condition, plausibility_outcome, row_condition, row_outcome
from .value_sentences import full_mark_text, is_plain, rule_of

WHO = {
    "unit": Text("每个部门一个结果", "One result for each department"),
    "team": Text("每个部门的领导班子一个结果", "One result for the team of each department"),
    "each_head": Text("班子正职每人一个结果", "One result for each head"),
    "each_other": Text("班子其他成员每人一个结果", "One result for each other member of the team"),
    "each_member": Text("班子成员每人一个结果", "One result for each member of the team"),
}
COMPARED = {
    "round": Text("全部考核对象", "All subjects of the round"),
    "unit_kind": Text("同类部门", "The departments of each kind"),
    "unit_kind.group": Text("同组部门", "The departments of each group"),
    "unit": Text("同一部门的成员", "The members of each department"),
}
SEATS = {
    "half_up": Text("四舍五入取整", "rounded"),
    "down": Text("舍去小数", "rounded down"),
    "up": Text("有小数的进一", "rounded up"),
}


class RuleLine(Struct, frozen=True, kw_only=True):
    """One rule in words, or a heading (then its sentence may be empty). `location`: where it stands in the rulebook.

    Of a row of a table, the title is the condition and the sentence what follows. Of an item of a form, `points` is its
    full mark, with what that is worth in the part above; `is_beside`: it is no part of the full mark of the part above;
    `is_plain`: its full mark says all, because it is only judged, or the sum of its parts.
    """

    location: str
    depth: int = 0
    label: str = ""
    title: Text
    sentence: Text = NOTHING
    clause: str
    certainty: Certainty = "text"
    points: Text = NOTHING
    is_beside: bool = False
    is_plain: bool = False

    @property
    def content(self) -> tuple[object, ...]:
        """What it says, without where it stands (`comparison.py`)."""
        return (self.label, self.title, self.points, self.sentence, self.clause, self.certainty)


def rules_in_words(
    rules: ResultRules, readings: Mapping[str, Reading] | None = None, outside: OutsideTitles | None = None
) -> Iterator[RuleLine]:
    """Every part of the rules, in the order in which a reader needs them."""
    names = {subject.key: RuleNames(rules, subject.key, outside) for subject in rules.subject}
    first = names[rules.subject[0].key]
    yield from (_department_line(rules, kind) for kind in rules.unit_kind)
    yield from (_subject_line(rules, subject, names[subject.key]) for subject in rules.subject)
    for form in rules.form:
        owner = next((one.key for one in rules.subject if form.key in one.form.values()), rules.subject[0].key)
        yield RuleLine(
            location=f"form.{form.key}", title=form.title.text, sentence=rule_of(form, names[owner]), clause=form.clause
        )
        for item in form.item:
            yield from _value_lines(item, f"form.{form.key}.item.{item.key}", names[owner], 1)
    for value in rules.value:
        of = names[value.subjects[0]] if value.subjects else first
        yield from _value_lines(value, f"value.{value.key}", of, 0)
    for ballot in rules.ballot:
        yield from _ballot_lines(ballot)
    for standing in rules.standing:
        yield from _standing_lines(standing, names[standing.subject or rules.subject[0].key])
    for record in rules.record:
        yield from _record_lines(record, record.clause)
    for ladder in rules.ladder:
        yield from _ladder_lines(ladder, rules.records[ladder.record], first)
    for scale in rules.scale:
        subjects = [subject for subject in rules.subject if subject.scale == scale.key]
        if subjects:
            yield from _scale_lines(scale, subjects[0], names[subjects[0].key])
    yield from (line for reading in (readings or {}).values() for line in reading_lines(reading))


def _department_line(rules: ResultRules, kind: DepartmentKind) -> RuleLine:
    """A kind of department, with those that it is compared with."""
    group = [one.title.text for one in rules.unit_kind if one.group == kind.group and one is not kind]
    others = listed(group)
    sentence = (
        Text(f"与{others.zh}一组比较", f"Compared in one group with: {others.en}") if kind.group and group else NOTHING
    )
    return RuleLine(location=f"unit_kind.{kind.key}", title=kind.title.text, sentence=sentence, clause=kind.clause)


def _subject_line(rules: ResultRules, subject: Subject, names: RuleNames) -> RuleLine:
    kinds = {kind.key: kind.title.text for kind in rules.unit_kind}
    parts = [WHO[subject.is_]]
    if subject.occasion is not None:
        occasion = names.occasion(subject.occasion)
        parts.append(Text(f"{occasion.zh}时评定", f"reckoned at {occasion.en}"))
    for key in dict.fromkeys(subject.form.values()):
        form = quoted(rules.forms[key].title.text)
        users = listed(kinds.get(kind, Text(kind, kind)) for kind, of in subject.form.items() if of == key)
        parts.append(Text(f"{users.zh}用{form.zh}", f"{users.en}: {form.en}"))
    if subject.scale is None:
        parts.append(Text("只计分，不评等次", "scored, without a grade"))
    sentence = listed(parts, "；", "; ")
    return RuleLine(
        location=f"subject.{subject.key}", title=subject.title.text, sentence=sentence, clause=subject.clause
    )


def _value_lines(value: NamedValue, location: str, names: RuleNames, depth: int) -> Iterator[RuleLine]:
    yield RuleLine(
        location=location, depth=depth, label=value.label, title=value.title.text, sentence=rule_of(value, names, is_alone=False),
        clause=value.clause, certainty=value.certainty,
        points=full_mark_text(value), is_beside=value.beside, is_plain=is_plain(value),
    )  # fmt: skip
    if isinstance(value, BandsValue):
        for number, row in enumerate(value.row):
            yield RuleLine(
                location=f"{location}.row[{number}]", depth=depth + 1, title=row_text(row, names),
                sentence=band_outcome(value, number, names), clause=row.clause, certainty=row.certainty,
            )  # fmt: skip
    for part in value.parts():
        yield from _value_lines(part, f"{location}.item.{part.key}", names, depth + 1)


def _ballot_lines(ballot: BallotKind) -> Iterator[RuleLine]:
    base = {
        "valid": Text("按有效票计算", "Counted by valid votes"),
        "cast": Text("按全部收回的票计算", "Counted by all votes cast"),
    }[ballot.base_of]
    groups = listed(group.title.text for group in ballot.group)
    voters = Text(f"分组计票：{groups.zh}", f"voter groups: {groups.en}") if ballot.group else NOTHING
    sentence = listed((text for text in (base, voters) if text.zh), "；", "; ")
    location = f"ballot.{ballot.key}"
    yield RuleLine(location=location, title=ballot.title.text, sentence=sentence, clause=ballot.clause)
    for option in ballot.option:
        if option.points is not None:
            sentence = Text(f"{figure(option.points)} 分", f"Counts {figure(option.points)}")
        elif option.abstention:
            sentence = Text("弃权，不是有效票", "An abstention, no valid vote")
        else:
            # Where no option has points, it goes without saying.
            sentence = Text("不计分", "No points") if ballot.points else NOTHING
        yield RuleLine(
            location=f"{location}.option.{option.key}",
            depth=1,
            title=option.title.text,
            sentence=sentence,
            clause=ballot.clause,
        )


def _standing_lines(standing: StandingKind, names: RuleNames) -> Iterator[RuleLine]:
    of, roles = names.value(standing.of), names.roles(standing.ask)
    who = roles if standing.ask else Text("核定名次的人", "those who settle the places")
    ties = {
        "ask": Text(
            f"并列影响名额或者结果的，由{who.zh}写明次序和理由",
            f"A tie on which a seat or a result depends is put in order, with a reason, by {who.en}",
        ),
        "share": Text(
            "并列的名次相同；名额不够的，空缺",
            "Equal values share a place; a seat for which they are too many stays empty",
        ),
    }[standing.ties]
    then = listed((names.value(key) for key in standing.then), "、", ", then by ")
    equal = (
        Text(f"，相同的{'依次' if len(standing.then) > 1 else ''}按{then.zh}", f", equal ones by {then.en}")
        if standing.then
        else NOTHING
    )
    order = Text(
        f"{COMPARED[standing.group].zh}按{of.zh}由高到低排名{equal.zh}",
        f"{COMPARED[standing.group].en} in order of {of.en}, the greatest first{equal.en}",
    )
    sentence = listed((order, ties), "；", ". ")
    location = f"standing.{standing.key}"
    yield RuleLine(location=location, title=standing.title.text, sentence=sentence, clause=standing.clause)
    for quota in standing.quota:
        yield RuleLine(
            location=f"{location}.quota.{quota.key}", depth=1, title=quota.title.text, sentence=_quota_text(quota, names),
            clause=quota.clause,
        )  # fmt: skip


def _quota_text(quota: Quota, names: RuleNames) -> Text:
    where = Text("前", "The first") if quota.from_ == "top" else Text("后", "The last")
    if quota.share is not None and quota.rounding is not None:
        share, rounding = plain(quota.share), SEATS[quota.rounding]
        size = Text(f"{where.zh} {share}%（{rounding.zh}）", f"{where.en} {share} % of the group ({rounding.en})")
    else:
        size = Text(f"{where.zh} {quota.count} 个", f"{where.en} {quota.count} of the group")
    parts = [size]
    if quota.min:
        parts.append(Text(f"每组至少 {quota.min} 个", f"at least {quota.min} in every group"))
    if quota.among:
        tests = listed((test_text(test, names) for test in quota.among), "，且", ", and ")
        parts.append(Text(f"须{tests.zh}", f"only where {tests.en}"))
    return listed(parts, "，", "; ")


def _record_lines(kind: RecordKind, clause: str) -> Iterator[RuleLine]:
    about = Text("每一项写明人员", "Each line is about a person") if kind.personal else NOTHING
    yield RuleLine(location=f"record.{kind.key}", title=kind.title.text, sentence=about, clause=clause)
    for number, field in enumerate(kind.field):
        options = listed(option.title.text for option in field.option)
        order = Text("（由轻到重）", " (from light to heavy)") if number == 0 and len(field.option) > 1 else NOTHING
        yield RuleLine(
            location=f"record.{kind.key}.field.{field.key}", depth=1, title=field.title.text,
            sentence=Text(f"{options.zh}{order.zh}", f"{options.en}{order.en}"), clause=clause,
        )  # fmt: skip
    for number, rule in enumerate(kind.rule):
        yield RuleLine(
            location=f"record.{kind.key}.rule[{number}]", depth=1, title=plausibility_condition(rule, kind),
            sentence=plausibility_outcome(rule), clause=rule.clause,
        )  # fmt: skip


def _ladder_lines(ladder: Ladder, kind: RecordKind, names: RuleNames) -> Iterator[RuleLine]:
    location = f"ladder.{ladder.key}"
    yield RuleLine(
        location=location,
        title=ladder.title.text,
        sentence=listed(ladder_rules(ladder), "；", ". "),
        clause=ladder.clause,
    )
    for number, row in enumerate(ladder.row):
        yield RuleLine(
            location=f"{location}.row[{number}]", depth=1, title=row_condition(row, kind), sentence=row_outcome(row, names),
            clause=row.clause, certainty=row.certainty,
        )  # fmt: skip


def _scale_lines(scale: Scale, subject: Subject, names: RuleNames) -> Iterator[RuleLine]:
    location, title = f"scale.{scale.key}", subject.title
    order = {
        "one": Text("符合哪一等次的条件，即评为该等次", "The grade is the one whose conditions are met"),
        "first": Text("由高到低，评为最先符合条件的等次", "The grade is the best whose conditions are met"),
    }[scale.match]
    roles = names.roles(scale.ask)
    otherwise = (
        Text(f"都不符合的，由{roles.zh}评定", f"where none are met, {roles.en} decides") if scale.ask else NOTHING
    )
    yield RuleLine(
        location=location, title=Text(f"{title.zh}的等次", f"Grades: {title.en}"),
        sentence=listed((text for text in (order, otherwise) if text.zh), "；", "; "), clause=scale.grade[0].clause,
    )  # fmt: skip
    for grade in scale.grade:
        yield RuleLine(
            location=f"{location}.grade.{grade.key}", depth=1, title=grade.title.text, sentence=row_text(grade, names),
            clause=grade.clause, certainty=grade.certainty,
        )  # fmt: skip
    for limit in scale.limit:
        row, worst = row_text(limit, names), quoted(scale.grades[limit.not_above].title.text)
        yield RuleLine(
            location=f"{location}.limit.{limit.key}", depth=1, title=limit.title.text,
            sentence=Text(f"{row.zh}的，等次不高于{worst.zh}", f"If {row.en}, the grade is not above {worst.en}"),
            clause=limit.clause, certainty=limit.certainty,
        )  # fmt: skip


def reading_lines(reading: Reading) -> Iterator[RuleLine]:
    """What was chosen and why, the question if it is open, and the alternatives."""
    location = f"reading.{reading.key}"
    title = Text("条文理解", "How the text is read")
    yield RuleLine(
        location=location, title=title, sentence=reading_text(reading), clause=reading.clause, certainty="reading"
    )
    yield RuleLine(
        location=f"{location}.why", depth=1, title=Text("理由", "Why"), sentence=reading.why.text, clause=reading.clause
    )
    for alternative in reading.others:
        yield RuleLine(
            location=f"{location}.alternative.{alternative.key}", depth=1, title=Text("另一种理解", "Another reading"),
            sentence=alternative.text.text, clause=reading.clause,
        )  # fmt: skip
