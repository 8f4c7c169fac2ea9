"""Whether a ladder has a row for every line that can be put on record, and a record can raise every finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from math import prod

from states.rulebook.calculation.ladders import Ladder
from states.rulebook.calculation.read_values import FindingValue, LadderValue
from states.rulebook.calculation.record_kinds import RecordKind
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.parts import Misfit, unknown

from .cells import MOST_CELLS
from .name_checks import values_of

MOST_EXAMPLES = 3
"""So many examples of gaps a ladder has in a report, and as many overlaps of two rows."""


def check_ladders(rules: ResultRules) -> Iterator[Misfit]:
    findings = {value.key: value for value in values_of(rules) if isinstance(value, FindingValue)}
    read = {value.ladder for value in values_of(rules) if isinstance(value, LadderValue)}
    raised: set[str] = set()
    for ladder in rules.ladder:
        location = f"ladder.{ladder.key}"
        raises = {row.raises for row in ladder.row if row.raises is not None}
        if ladder.key not in read and not raises:
            yield Misfit(location, "没有分值使用这张加扣分档", "no value reads this ladder")
        names = [*_names(ladder, rules), *unknown(location, raises, findings.keys())]
        yield from names
        if names:
            raised |= raises
            continue
        answers = LadderAnswers(ladder, rules.records[ladder.record])
        yield from answers.misfits()
        raised |= {str(ladder.row[number].raises) for number in answers.chosen}
    for key, finding in findings.items():
        if not finding.by and key not in raised:
            yield Misfit(
                f"value.{key}",
                f"没有记录能引起 {key}，也没有写明由谁认定（by）",
                f"no record could raise {key}, and nobody may record it (by)",
            )


def _names(ladder: Ladder, rules: ResultRules) -> Iterator[Misfit]:
    yield from unknown(f"ladder.{ladder.key}.record", (ladder.record,), rules.records.keys())
    kind = rules.records.get(ladder.record)
    if kind is None:
        return
    for number, row in enumerate(ladder.row):
        location = f"ladder.{ladder.key}.row[{number}]"
        yield from unknown(f"{location}.is", row.is_, kind.fields.keys())
        for key, options in row.is_.items():
            if key in kind.fields:
                field = kind.fields[key]
                yield from unknown(f"{location}.is.{key}", options, field.weights.keys() | field.group.keys())
        if row.between is not None and row.between[0] > row.between[1]:
            yield Misfit(f"{location}.between", "先写较小的数", "has the lesser number first")


class LadderAnswers:
    """Which rows are for each combination of the options that a row names."""

    def __init__(self, ladder: Ladder, kind: RecordKind) -> None:
        self.ladder, self.location = ladder, f"ladder.{ladder.key}"
        self.fields = [key for key in kind.fields if any(key in row.is_ for row in ladder.row)]
        options = [list(kind.fields[key].weights) for key in self.fields]
        self.count = prod(len(one) for one in options)
        self.gaps: list[str] = []
        self.overlaps: dict[tuple[int, int], str] = {}
        self.reached: set[int] = set()
        self.chosen: set[int] = set()
        if self.count > MOST_CELLS:
            return
        named = [{key: kind.fields[key].options_of(keys) for key, keys in row.is_.items()} for row in ladder.row]
        for combination in product(*options):
            self._ask(dict(zip(self.fields, combination, strict=True)), named)

    def _ask(self, line: Mapping[str, str], named: list[dict[str, frozenset[str]]]) -> None:
        holding = [n for n, row in enumerate(named) if all(line[key] in options for key, options in row.items())]
        example = ", ".join(f"{key} = {option}" for key, option in line.items())
        if not holding:
            self.gaps.append(example)
        self.reached.update(holding)
        self.chosen.update(holding[:1])
        for pair in combinations(holding, 2):
            self.overlaps.setdefault(pair, example)

    def misfits(self) -> Iterator[Misfit]:
        if self.count > MOST_CELLS:
            yield Misfit(
                self.location,
                f"要逐一核对的情形有 {self.count} 种，超过 {MOST_CELLS} 种，请拆分为几张表",
                f"has {self.count} cases to check, more than {MOST_CELLS}: divide it into several tables",
            )
            return
        for example in self.gaps[:MOST_EXAMPLES]:
            count = len(self.gaps)
            yield Misfit(
                self.location,
                f"{example} 时没有对应的一行（共 {count} 种情形）",
                f"no row for {example} (cases without a row: {count})",
            )
        if self.ladder.match == "one":
            for (first, second), example in list(self.overlaps.items())[:MOST_EXAMPLES]:
                yield Misfit(
                    self.location,
                    f"{example} 时第 {first + 1} 行与第 {second + 1} 行同时成立。请收窄一行；"
                    '如果原文按先后认定，请写 match = "first"',
                    f"rows {first + 1} and {second + 1} both hold for {example}. "
                    'Narrow one, or write match = "first" if the measure means their order',
                )
        for number in range(len(self.ladder.row)):
            if number not in self.reached or (self.ladder.match == "first" and number not in self.chosen):
                yield Misfit(
                    f"{self.location}.row[{number}]",
                    f"第 {number + 1} 行永远轮不到：前面的行已涵盖它的全部情形",
                    f"row {number + 1} is never reached: rows before it hold wherever it does",
                )
