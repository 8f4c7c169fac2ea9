"""The explanation of one result: a flat list of lines, each with its depth, its sentence, its amount and its clause.

Screen, paper, letter, interface and comparison print the same list. The lines come in the order of a form: its items,
what stands beside them, the total, the grade with its limits, what is still open, and the readings that had a say.
"""

# There is no second calculation for the explanation: it prints the lines that the calculation made of the same inputs.
# Only the subtotal and the difference that rounding or a bound makes are taken from those lines by subtraction.

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from states.rulebook.calculation.computed_values import BandsValue, worth
from states.rulebook.calculation.forms import TOTAL, ScoreForm
from states.rulebook.calculation.ladders import Ladder
from states.rulebook.calculation.lines import CountedLine, ValueLine
from states.rulebook.calculation.numbers import Amount, add, round_to, total
from states.rulebook.calculation.plan import SubjectScope
from states.rulebook.calculation.read_values import FindingValue, LadderValue, VoteValue
from states.rulebook.calculation.rows import WORDS, TableRow
from states.rulebook.calculation.scales import GradeDecision, Scale
from states.rulebook.calculation.values import NamedValue
from states.rulebook.choices import Reading
from states.vocabulary import Text

from .conditions import amount_text, failures, is_yes_or_no, outcome_text, row_text, unknown_tests
from .names import NOTHING, RuleNames, figure, listed, quoted
from .places import part_places, readings_used, row_place, value_places
from .record_lines import FLAGS, counted_text, record_title
from .value_results import ResultContext, result_of
from .value_rules import bound_text, rule_of


class ExplainedLine(Struct, frozen=True, kw_only=True):
    """One line of an explanation.

    - `place`: what the line is about, the same in every explanation: `duty`, `cases/c-1/p-1`, `limit.heavy`, `grade`.
    - `label`, `title`: as the form prints them. `rule`: the rule in words. `sentence`: what it made.
    - `amount`: None if there is none, or if it is not known. `full`: the full mark of an item.
    """

    place: str
    depth: int = 0
    label: str = ""
    title: Text
    rule: Text = NOTHING
    sentence: Text
    amount: Amount | None = None
    full: Decimal | None = None
    clause: str


def explain(
    scope: SubjectScope,
    names: RuleNames,
    *,
    reasons: Mapping[str, str] | None = None,
    readings: Mapping[str, Reading] | None = None,
    uses: Mapping[str, str] | None = None,
) -> list[ExplainedLine]:
    """All lines of the result of one subject (`Plan.scopes`).

    `reasons`: why an item lost points, by its key in the inputs. `readings`, and the places where they stood (`uses`).
    The lines name records, which may be confidential: the caller checks who may read them.
    """
    writer = _Writer(ResultContext(names, scope, reasons or {}), readings or {}, uses or {})
    if scope.plan.form is not None:
        writer.write_form(scope.plan.form)
    if scope.plan.scale is not None and scope.decision is not None:
        writer.write_grade(scope.plan.scale, scope.decision)
    writer.write_readings()
    return writer.lines


class _Writer:
    """The lines as they are written: which values have one already, and which parts of the rulebook had a say."""

    def __init__(self, context: ResultContext, readings: Mapping[str, Reading], uses: Mapping[str, str]) -> None:
        self.context, self.names, self.scope = context, context.names, context.scope
        self.readings, self.uses = readings, uses
        self.lines: list[ExplainedLine] = []
        self.places = {id(value): place for place, value in value_places(self.names.rules)}
        self.with_a_say = {"period", f"subject.{self.scope.plan.subject.key}"}
        self.has_line: set[str] = set()
        self.on_form = set(self.scope.plan.form.items) if self.scope.plan.form is not None else set()

    # ---- the form ----

    def write_form(self, form: ScoreForm) -> None:
        """The items in the order of the form, a subtotal before what stands beside them, and the total."""
        line = self.scope.line(TOTAL)
        self.has_line.add(TOTAL)
        pairs = list(zip(form.item, line.parts, strict=True)) if form.item else []
        for item, part in pairs:
            if not item.beside:
                self.write_value(item, part, 0)
        beside = [(item, part) for item, part in pairs if item.beside]
        if beside:
            self._write_subtotal(form, line, beside)
        for item, part in beside:
            self.write_value(item, part, 0)
        if not form.item:
            self._write_helpers((part.at for part in line.parts), 0)
        self._note(form, line)
        self._write_bound(form, line, 0)
        self._write(
            TOTAL, 0, Text("总分", "Total"), result_of(form.total, line, self.context), form.clause,
            rule=rule_of(form.total, self.names), amount=line.amount, full=form.points,
        )  # fmt: skip

    def _write_subtotal(self, form: ScoreForm, line: ValueLine, beside: Sequence[tuple[NamedValue, ValueLine]]) -> None:
        made = line.amount if line.raw is None else line.raw
        added = total(worth(item, part.amount) for item, part in beside if part.amount is not None)
        amount = add(made, -added) if made is not None else None
        title = Text("各项得分小计", "Subtotal")
        sentence = Text("加分、扣分以前的得分", "The points before what is added or taken off")
        self._write("subtotal", 0, title, sentence, form.clause, amount=amount, full=form.points)

    def write_value(self, value: NamedValue, line: ValueLine, depth: int) -> None:
        """A value, and below it what it was made of."""
        self.has_line.add(line.at)
        self._note(value, line)
        sentence = result_of(value, line, self.context)
        self._write(
            line.at, depth, value.title.text, sentence, value.clause,
            label=value.label, rule=rule_of(value, self.names), full=value.points,
            amount=None if is_yes_or_no(value) else line.amount,
        )  # fmt: skip
        if value.parts():
            for item, part in zip(value.parts(), line.parts, strict=True):
                self.write_value(item, part, depth + 1)
        else:
            self._write_helpers(self._sources(value, line), depth + 1)
        self._write_records(value, line, depth + 1)
        self._write_bound(value, line, depth + 1)

    def _sources(self, value: NamedValue, line: ValueLine) -> Iterator[str]:
        """The keys of what a value was made of, without the items that stand on the form."""
        if isinstance(value, BandsValue):
            yield from (test.of for row in value.row for test in row.tests())
        yield from (part.at for part in line.parts)
        if not line.parts:
            yield from (key for key in value.needs() if ":" not in key)

    def _write_helpers(self, keys: Iterator[str], depth: int) -> None:
        """The values that stand on no form, each where it is first used."""
        for key in dict.fromkeys(keys):
            if key in self.has_line or key in self.on_form or key in WORDS:
                continue
            value = self.scope.plan.values.get(key)
            if value is not None:
                self.write_value(value, self.scope.line(key), depth)
            else:
                self._write_of_others(key, depth)

    def _write_of_others(self, key: str, depth: int) -> None:
        """A value of another subject: only what it is. How it was made, that subject's own explanation says."""
        self.has_line.add(key)
        line = self._line_of_others(key)
        value, title = self.names.find(key), self.names.value(key)
        clause = value.clause if value is not None else self.scope.plan.subject.clause
        if value is not None and id(value) in self.places:
            self._note(value, line)
        self._write(key, depth, title, amount_text(line, self.names), clause, amount=line.amount)

    def _line_of_others(self, key: str) -> ValueLine:
        name, at, _ = key.partition("@")
        if not at:
            return self.scope.line(key)
        of_persons = self.scope.lines_of("team", name.partition(".")[2])
        return next(line for line in of_persons if line.at == key)

    # ---- records, rounding and bounds ----

    def _write_records(self, value: NamedValue, line: ValueLine, depth: int) -> None:
        """Of a ladder first what gives points, then what an earlier round had; of a finding what establishes it."""
        if isinstance(value, LadderValue):
            ladder = self.names.rules.ladders[value.ladder]
            for effect in ("points", "repeat", "none"):
                self._write_counted(ladder, [c for c in line.counted if c.effect == effect], value.key, depth)
        elif isinstance(value, FindingValue):
            for key in self.scope.whole.raising.get(value.key, ()):
                of_ladder = [c for c in self.scope.counted(key) if c.raises == value.key]
                self._write_counted(self.names.rules.ladders[key], of_ladder, value.key, depth)
            roles = self.names.roles(value.by)
            for judgement in line.how:
                title = Text("认定", "Recorded finding")
                sentence = Text(f"由{roles.zh}说明理由后认定", f"Recorded by {roles.en} with reasons")
                self._write(f"{value.key}/{judgement}", depth, title, sentence, value.clause)

    def _write_counted(self, ladder: Ladder, counted: Sequence[CountedLine], key: str, depth: int) -> None:
        kind = self.names.rules.records[ladder.record]
        for one in counted:
            clause = ladder.clause if one.row is None else ladder.row[one.row].clause
            if one.effect == "repeat":
                clause = self._clause_of(f"ladder.{ladder.key}.later", clause)
            title, is_open = record_title(one.line, kind), one.effect in FLAGS
            if is_open:
                title = Text(f"待定：{title.zh}", f"Open: {title.en}")
            place = f"{key}/{one.line.record}" + (f"/{one.line.person}" if one.line.person else "")
            sentence = counted_text(one, ladder, self.names)
            self._write(self._unused(place), depth, title, sentence, clause, amount=one.points or None)

    def _write_bound(self, value: NamedValue, line: ValueLine, depth: int) -> None:
        """What a bound or a cap made of the amount. What rounding made of it, the value's own sentence says."""
        if line.raw is None or line.amount is None:
            return
        raw = line.raw if value.decimals is None else round_to(line.raw, value.decimals, value.rounding)
        if raw == line.amount:
            return
        place = self.places[id(value)]
        clause = value.clause
        for name in ("min", "max", "cap"):
            clause = self._clause_of(f"{place}.{name}", clause)
        rule, amount = bound_text(value), figure(line.amount)
        sentence = Text(
            f"原为 {figure(raw)}，{rule.zh}，计 {amount}", f"It was {figure(raw)}; {rule.en}, so it is {amount}"
        )
        title = Text("限额", "Bound")
        at = TOTAL if isinstance(value, ScoreForm) else line.at
        self._write(f"{at}.bound", depth, title, sentence, clause, amount=add(line.amount, -raw))

    # ---- the grade ----

    def write_grade(self, scale: Scale, decision: GradeDecision) -> None:
        self.with_a_say.add(f"scale.{scale.key}")
        self._write_helpers((test.of for grade in scale.grade for test in grade.tests()), 0)
        self._write_row(scale, decision)
        limits = {limit.key: limit for limit in scale.limit}
        for key in (*decision.limits, *decision.open_limits):
            limit = limits[key]
            worst = quoted(scale.grades[limit.not_above].title.text)
            if key in decision.limits:
                row = self._row(limit)
                sentence = Text(
                    f"{row.zh}，等次不高于{worst.zh}", f"{_capital(row.en)}: the grade is not above {worst.en}"
                )
            else:
                row = unknown_tests(limit, self.names, self.scope)
                sentence = Text(
                    f"{row.zh}；如成立，等次不高于{worst.zh}",
                    f"{_capital(row.en)}. If it holds, the grade is not above {worst.en}",
                )
            self._write(f"limit.{key}", 0, limit.title.text, sentence, limit.clause)
            self._write_helpers((test.of for test in limit.tests()), 1)
        self._write_rest_of_ladders()
        self._write_grade_line(scale, decision)

    def _row(self, row: TableRow) -> Text:
        return row_text(row, self.names, lambda test: outcome_text(test, self.names, self.scope))

    def _write_row(self, scale: Scale, decision: GradeDecision) -> None:
        """The row that gives the grade, and what is missing for the next better one."""
        title = Text("按条件评定", "By the conditions")
        if decision.named:
            assert decision.by_row is not None
            grade, roles = scale.grades[decision.by_row], self.names.roles(scale.ask)
            word = quoted(grade.title.text)
            sentence = Text(
                f"没有符合条件的等次，由{roles.zh}评定为{word.zh}",
                f"No conditions are met; {roles.en} decided on {word.en}",
            )
            self._write("grade.row", 0, title, sentence, grade.clause)
        elif decision.by_row is None:
            self._write_no_row(scale, title)
        else:
            grade = scale.grades[decision.by_row]
            word, row = quoted(grade.title.text), self._row(grade)
            sentence = Text(f"符合{word.zh}的条件：{row.zh}", f"The conditions for {word.en} are met: {row.en}")
            self._write("grade.row", 0, title, sentence, grade.clause)
            self._write_next_better(scale, scale.ranks[grade.key])

    def _write_next_better(self, scale: Scale, rank: int) -> None:
        if not rank:
            return
        better = scale.grade[rank - 1]
        missing = failures(better, self.names, self.scope)
        word = quoted(better.title.text)
        if missing.zh:
            sentence = Text(f"未达到{word.zh}：{missing.zh}", f"Not {word.en}: {missing.en}")
            self._write("grade.better", 1, better.title.text, sentence, better.clause)

    def _write_no_row(self, scale: Scale, title: Text) -> None:
        unknown = listed((unknown_tests(grade, self.names, self.scope) for grade in scale.grade), "；", "; ")
        roles = self.names.roles(scale.ask)
        if any(grade.holds(self.scope) is None for grade in scale.grade):
            first = next(grade for grade in scale.grade if grade.holds(self.scope) is None)
            unknown = unknown_tests(first, self.names, self.scope)
            sentence = Text(f"等次待定：{unknown.zh}", f"The grade is open: {unknown.en}")
        else:
            sentence = Text(f"没有符合条件的等次，待{roles.zh}评定", f"No conditions are met; {roles.en} will decide")
        self._write("grade.row", 0, title, sentence, scale.grade[0].clause)

    def _write_rest_of_ladders(self) -> None:
        """What no value shows: findings that no limit reads, repeats of ladders without points, and open records."""
        counted = self.scope.reckoned().counted
        raised = (one.raises for of_ladder in counted.values() for one in of_ladder if one.raises)
        self._write_helpers(raised, 0)
        with_points = {value.ladder for value in self.scope.plan.values.values() if isinstance(value, LadderValue)}
        for key, lines in counted.items():
            ladder = self.names.rules.ladders[key]
            self.with_a_say |= {row_place(key, one.row) for one in lines if one.row is not None}
            if any(one.effect != "none" for one in lines):
                self.with_a_say |= {f"ladder.{key}", f"record.{ladder.record}"}
            if key not in with_points:
                self._write_counted(ladder, [one for one in lines if one.effect == "repeat"], key, 0)
        for key, lines in counted.items():
            flagged = [one for one in lines if one.effect in FLAGS]
            self._write_counted(self.names.rules.ladders[key], flagged, f"open/{key}", 0)

    def _write_grade_line(self, scale: Scale, decision: GradeDecision) -> None:
        title = Text("等次", "Grade")
        if decision.grade is None:
            self._write("grade", 0, title, Text("待定", "Not known yet"), scale.grade[0].clause)
            return
        grade, word = scale.grades[decision.grade], quoted(scale.grades[decision.grade].title.text)
        deciding = [
            limit for limit in scale.limit if limit.key in decision.limits and limit.not_above == decision.grade
        ]
        if deciding:
            by = listed(dict.fromkeys(quoted(limit.title.text) for limit in deciding), "、", " and ")
            sentence = Text(f"{word.zh}（因{by.zh}）", f"{word.en} (because of {by.en})")
            self._write("grade", 0, title, sentence, deciding[0].clause)
        else:
            self._write("grade", 0, title, word, grade.clause)

    # ---- readings ----

    def write_readings(self) -> None:
        """第…条 as it is read: every reading that had a say in this result."""
        used = readings_used(self.uses, part_places(self.names.rules), self.with_a_say)
        for key, reading in self.readings.items():
            if key in used:
                title = Text("条文理解", "How the text is read")
                self._write(f"reading.{key}", 0, title, reading.sentence, reading.clause)

    # ---- one line ----

    def _write(
        self, place: str, depth: int, title: Text, sentence: Text, clause: str, *,
        label: str = "", rule: Text = NOTHING, amount: Amount | None = None, full: Decimal | None = None,
    ) -> None:  # fmt: skip
        self.lines.append(
            ExplainedLine(
                place=place, depth=depth, label=label, title=title, rule=rule, sentence=sentence, amount=amount,
                full=full, clause=clause,
            )
        )  # fmt: skip

    def _unused(self, place: str) -> str:
        """The place, or with a number if one person has several lines of one record."""
        same = sum(line.place == place or line.place.startswith(f"{place}#") for line in self.lines)
        return f"{place}#{same + 1}" if same else place

    def _note(self, value: NamedValue, line: ValueLine) -> None:
        """A value has a say; what reads records only if there were some."""
        is_counted = any(one.effect != "none" for one in line.counted)
        if isinstance(value, LadderValue | FindingValue) and not (is_counted or line.how):
            return
        self.with_a_say.add(self.places[id(value)])
        if isinstance(value, VoteValue):
            self.with_a_say.add(f"ballot.{value.ballot}")

    def _clause_of(self, place: str, clause: str) -> str:
        """The clause of the reading that stands at this place, if one does."""
        return self.readings[self.uses[place]].clause if place in self.uses else clause


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
