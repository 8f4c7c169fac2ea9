"""The lines of the values of a result: the form with its total, and what each value was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from states.rulebook.calculation.computed_values import BandsValue, worth
from states.rulebook.calculation.forms import TOTAL, ScoreForm
from states.rulebook.calculation.ladders import Ladder
from states.rulebook.calculation.lines import CountedLine, ValueLine
from states.rulebook.calculation.numbers import add, round_to, total
from states.rulebook.calculation.read_values import EarlierValue, FindingValue, LadderValue
from states.rulebook.calculation.rows import WORDS
from states.rulebook.calculation.values import NamedValue
from states.vocabulary import Text

from .computed_sentences import has_no_points
from .conditions import amount_text, is_yes_or_no
from .explained_lines import LineWriter
from .names import figure
from .record_lines import FLAGS, counted_text, record_title
from .value_sentences import bound_text, result_of, rule_of


class ValueLineWriter(LineWriter):
    """Writes the lines of values, each value once."""

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
            self.write_helpers((part.at for part in line.parts), 0)
        self.note(form, line)
        self._write_bound(form, line, 0)
        if has_no_points(form):
            return
        self.write(
            TOTAL, 0, Text("总分", "Total"), result_of(form.total, line, self.context), form.clause,
            rule=rule_of(form.total, self.names), amount=line.amount, full=form.points,
        )  # fmt: skip

    def _write_subtotal(self, form: ScoreForm, line: ValueLine, beside: Sequence[tuple[NamedValue, ValueLine]]) -> None:
        made = line.amount if line.raw is None else line.raw
        added = total(worth(item, part.amount) for item, part in beside if part.amount is not None)
        amount = add(made, -added) if made is not None else None
        title = Text("各项得分小计", "Subtotal")
        sentence = Text("加分、扣分以前的得分", "The points before what is added or taken off")
        self.write("subtotal", 0, title, sentence, form.clause, amount=amount, full=form.points)

    def write_value(self, value: NamedValue, line: ValueLine, depth: int) -> None:
        """A value, and below it what it was made of."""
        self.has_line.add(line.at)
        self.note(value, line)
        sentence = result_of(value, line, self.context)
        self.write(
            line.at, depth, value.title.text, sentence, value.clause,
            label=value.label, rule=rule_of(value, self.names), full=value.points,
            amount=None if is_yes_or_no(value) else line.amount,
            source=str(line.how[0]) if isinstance(value, EarlierValue) and line.how else "",
        )  # fmt: skip
        if value.parts():
            for item, part in zip(value.parts(), line.parts, strict=True):
                self.write_value(item, part, depth + 1)
        else:
            self.write_helpers(self._sources(value, line), depth + 1)
        self._write_records(value, line, depth + 1)
        self._write_bound(value, line, depth + 1)

    def _sources(self, value: NamedValue, line: ValueLine) -> Iterator[str]:
        """The keys of what a value was made of, without the items that stand on the form."""
        if isinstance(value, BandsValue):
            yield from (test.of for row in value.row for test in row.tests())
        yield from (part.at for part in line.parts)
        if not line.parts:
            yield from (key for key in value.needs() if ":" not in key)

    def write_helpers(self, keys: Iterator[str], depth: int) -> None:
        """The values that stand on no form, each where it is first used."""
        for key in dict.fromkeys(keys):
            if key in self.has_line or key in self.on_form or key in WORDS or key in self.scope.plan.of_other_kinds:
                continue
            value = self.scope.plan.values.get(key)
            if value is not None:
                self.write_value(value, self.scope.line(key), depth)
            else:
                self._write_of_others(key, depth)

    def _write_of_others(self, key: str, depth: int) -> None:
        """A value of another subject: only what it is. How it was made, that subject's own explanation says."""
        if "@" in key and not self.context.shows_persons:
            return
        self.has_line.add(key)
        line = self._line_of_others(key)
        value, title = self.names.find(key), self.names.value(key)
        clause = value.clause if value is not None else self.scope.plan.subject.clause
        if value is not None and id(value) in self.locations:
            self.note(value, line)
        self.write(key, depth, title, amount_text(line, self.names), clause, amount=line.amount)

    def _line_of_others(self, key: str) -> ValueLine:
        name, at, _ = key.partition("@")
        if not at:
            return self.scope.line(key)
        of_persons = self.scope.lines_of("team", name.partition(".")[2])
        return next(line for line in of_persons if line.at == key)

    def _write_records(self, value: NamedValue, line: ValueLine, depth: int) -> None:
        """Of a ladder first what gives points, then what an earlier round had; of a finding what establishes it."""
        if isinstance(value, LadderValue):
            ladder = self.names.rules.ladders[value.ladder]
            for effect in ("points", "repeat", "none"):
                self.write_counted(ladder, [c for c in line.counted if c.effect == effect], value.key, depth)
        elif isinstance(value, FindingValue):
            for key in self.scope.whole.raising.get(value.key, ()):
                of_ladder = [c for c in self.scope.counted(key) if c.raises == value.key]
                self.write_counted(self.names.rules.ladders[key], of_ladder, value.key, depth)
            roles = self.names.roles(value.by)
            for judgement in line.how:
                title = Text("认定", "Recorded finding")
                sentence = Text(f"由{roles.zh}说明理由后认定", f"Recorded by {roles.en} with reasons")
                self.write(f"{value.key}/{judgement}", depth, title, sentence, value.clause)

    def write_counted(self, ladder: Ladder, counted: Sequence[CountedLine], key: str, depth: int) -> None:
        kind = self.names.rules.records[ladder.record]
        for one in counted:
            clause = ladder.clause if one.row is None else ladder.row[one.row].clause
            if one.effect == "repeat":
                clause = self.clause_of(f"ladder.{ladder.key}.later", clause)
            title, is_open = record_title(one.line, kind), one.effect in FLAGS
            if is_open:
                title = Text(f"待定：{title.zh}", f"Open: {title.en}")
            location = f"{key}/{one.line.record}" + (f"/{one.line.person}" if one.line.person else "")
            sentence = counted_text(one, ladder, self.names)
            self.write(self.unused(location), depth, title, sentence, clause, amount=one.points or None)

    def _write_bound(self, value: NamedValue, line: ValueLine, depth: int) -> None:
        """What a bound or a cap made of the amount. What rounding made of it, the value's own sentence says."""
        if line.raw is None or line.amount is None:
            return
        raw = line.raw if value.decimals is None else round_to(line.raw, value.decimals, value.rounding)
        if raw == line.amount:
            return
        location = self.locations[id(value)]
        clause = value.clause
        for name in ("min", "max", "cap"):
            clause = self.clause_of(f"{location}.{name}", clause)
        rule, amount = bound_text(value), figure(line.amount)
        sentence = Text(
            f"原为 {figure(raw)}，{rule.zh}，计 {amount}", f"It was {figure(raw)} ({rule.en}), so it is {amount}"
        )
        title = Text("限额", "Bound")
        at = TOTAL if isinstance(value, ScoreForm) else line.at
        self.write(f"{at}.bound", depth, title, sentence, clause, amount=add(line.amount, -raw))
