"""The lines of the grade of a result: the row that gives it, what is missing for a better one, limits, what is open."""

from __future__ import annotations

from states.rulebook.calculation.read_values import FindingValue, LadderValue
from states.rulebook.calculation.rows import TableRow
from states.rulebook.calculation.scales import GradeDecision, Limit, Scale
from states.rulebook.file_locations import row_location
from states.vocabulary import Text

from .conditions import failures, met_text, unknown_tests
from .names import listed, quoted
from .record_lines import FLAGS
from .value_lines import ValueLineWriter


class GradeLineWriter(ValueLineWriter):
    """Writes the lines of a grade, with the values that it reads."""

    def write_grade(self, scale: Scale, decision: GradeDecision) -> None:
        self.with_a_say.add(f"scale.{scale.key}")
        self.write_helpers((test.of for grade in scale.grade for test in grade.tests()), 0)
        self._write_row(scale, decision)
        limits = {limit.key: limit for limit in scale.limit}
        for key in (*decision.limits, *decision.open_limits):
            limit = limits[key]
            worst = quoted(scale.grades[limit.not_above].title.text)
            if key in decision.limits:
                row = Text("成立", "established") if self._says_it_all(limit) else self._row(limit)
                sentence = Text(
                    f"{row.zh}，等次不高于{worst.zh}", f"{_capital(row.en)}: the grade is not above {worst.en}"
                )
            else:
                row = unknown_tests(limit, self.names, self.scope)
                sentence = Text(
                    f"{row.zh}；如成立，等次不高于{worst.zh}",
                    f"{_capital(row.en)}. If it holds, the grade is not above {worst.en}",
                )
            self.write(f"limit.{key}", 0, limit.title.text, sentence, limit.clause)
            self.write_helpers((test.of for test in limit.tests()), 1)
        self._write_rest_of_ladders()
        self._write_grade_line(scale, decision)

    def _says_it_all(self, limit: Limit) -> bool:
        """Whether the title of a limit already is that of the one finding on which it hangs."""
        findings = [self.names.find(test.of) for test in limit.tests()]
        return bool(findings) and all(isinstance(one, FindingValue) and one.title == limit.title for one in findings)

    def _row(self, row: TableRow) -> Text:
        return met_text(row, self.names, self.scope)

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
            self.write("grade.row", 0, title, sentence, grade.clause)
        elif decision.by_row is None:
            self._write_no_row(scale, title)
        else:
            grade = scale.grades[decision.by_row]
            word, row = quoted(grade.title.text), self._row(grade)
            sentence = Text(f"符合{word.zh}的条件：{row.zh}", f"The conditions for {word.en} are met: {row.en}")
            self.write("grade.row", 0, title, sentence, grade.clause)
            self._write_next_better(scale, scale.ranks[grade.key])

    def _write_next_better(self, scale: Scale, rank: int) -> None:
        if not rank:
            return
        better = scale.grade[rank - 1]
        missing = failures(better, self.names, self.scope)
        word = quoted(better.title.text)
        if missing.zh:
            sentence = Text(f"未达到{word.zh}：{missing.zh}", f"Not {word.en}: {missing.en}")
            self.write("grade.better", 1, better.title.text, sentence, better.clause)

    def _write_no_row(self, scale: Scale, title: Text) -> None:
        roles = self.names.roles(scale.ask)
        first = next((grade for grade in scale.grade if grade.holds(self.scope) is None), None)
        if first is not None:
            unknown = unknown_tests(first, self.names, self.scope)
            sentence = Text(f"等次待定：{unknown.zh}", f"The grade is open: {unknown.en}")
        else:
            sentence = Text(f"没有符合条件的等次，待{roles.zh}评定", f"No conditions are met; {roles.en} will decide")
        self.write("grade.row", 0, title, sentence, scale.grade[0].clause)

    def _write_rest_of_ladders(self) -> None:
        """What no value shows: findings that no limit reads, repeats of ladders without points, and open records."""
        counted = self.scope.reckoned().counted
        raised = (one.raises for of_ladder in counted.values() for one in of_ladder if one.raises)
        self.write_helpers(raised, 0)
        with_points = {value.ladder for value in self.scope.plan.values.values() if isinstance(value, LadderValue)}
        for key, lines in counted.items():
            ladder = self.names.rules.ladders[key]
            self.with_a_say |= {row_location(key, one.row) for one in lines if one.row is not None}
            if any(one.effect != "none" for one in lines):
                self.with_a_say |= {f"ladder.{key}", f"record.{ladder.record}"}
            if key not in with_points:
                self.write_counted(ladder, [one for one in lines if one.effect == "repeat"], key, 0)
        for key, lines in counted.items():
            flagged = [one for one in lines if one.effect in FLAGS]
            self.write_counted(self.names.rules.ladders[key], flagged, f"open/{key}", 0)

    def _write_grade_line(self, scale: Scale, decision: GradeDecision) -> None:
        title = Text("等次", "Grade")
        if decision.grade is None:
            self.write("grade", 0, title, Text("待定", "Not known yet"), scale.grade[0].clause)
            return
        grade, word = scale.grades[decision.grade], quoted(scale.grades[decision.grade].title.text)
        deciding = [
            limit for limit in scale.limit if limit.key in decision.limits and limit.not_above == decision.grade
        ]
        if deciding:
            by = listed(dict.fromkeys(quoted(limit.title.text) for limit in deciding), "、", " and ")
            sentence = Text(f"{word.zh}（因{by.zh}）", f"{word.en} (because of {by.en})")
            self.write("grade", 0, title, sentence, deciding[0].clause)
        else:
            self.write("grade", 0, title, word, grade.clause)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
