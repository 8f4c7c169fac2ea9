"""Whether the rows about what is plausible (`RecordRule`) name what there is, can hold, and leave something to record."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from states.rulebook.calculation.record_kinds import Options, RecordKind
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.parts import Misfit, unknown

from .cells import MOST_CELLS

Line = tuple[str, ...]
"""One option of each field, in the order of the fields."""


def check_records(rules: ResultRules) -> Iterator[Misfit]:
    for kind in rules.record:
        names = list(_names(kind))
        yield from names
        if not names and kind.rule:
            yield from _plausible_lines(kind)


def _names(kind: RecordKind) -> Iterator[Misfit]:
    for number, rule in enumerate(kind.rule):
        for part, options in (("is", rule.is_), ("after", rule.after)):
            location = f"record.{kind.key}.rule[{number}].{part}"
            yield from unknown(location, options, kind.fields.keys())
            for key, keys in options.items():
                if key in kind.fields:
                    field = kind.fields[key]
                    yield from unknown(f"{location}.{key}", keys, field.options.keys() | field.group.keys())


def _plausible_lines(kind: RecordKind) -> Iterator[Misfit]:
    location = f"record.{kind.key}"
    count = prod(len(field.option) for field in kind.field)
    if count > MOST_CELLS:
        yield Misfit(
            f"{location}.rule",
            f"要逐一核对的情形有 {count} 种，超过 {MOST_CELLS} 种，请减少选项",
            f"has {count} cases to check, more than {MOST_CELLS}: list fewer options",
        )
        return
    lines = set(product(*(field.options for field in kind.field)))
    refusing = [rule.is_ for rule in kind.rule if rule.then == "refuse" and not rule.after]
    for number, rule in enumerate(kind.rule):
        others = [options for options in refusing if options is not rule.is_]
        possible = _without(lines, others, kind)
        for options in (rule.is_, *([rule.after] if rule.after else [])):
            if not _of(possible, options, kind):
                yield Misfit(
                    f"{location}.rule[{number}]",
                    f"第 {number + 1} 行永远轮不到：没有能登记的情形合于它",
                    f"row {number + 1} is never reached: it is for nothing that other rows let in",
                )
                break
    recordable = _without(lines, refusing, kind)
    if not recordable:
        yield Misfit(f"{location}.rule", "所有情形都不予登记", "refuses everything, so nothing can be recorded")
        return
    for at, field in enumerate(kind.field):
        chosen = {line[at] for line in recordable}
        for option in (option for option in field.options if option not in chosen):
            yield Misfit(
                f"{location}.field.{field.key}.{option}",
                f"含有 {option} 的情形都不予登记",
                f"nothing with {option} can be recorded: the rows refuse it in every case",
            )


def _of(lines: set[Line], options: Options, kind: RecordKind) -> set[Line]:
    """The lines with one of these options in each of the fields named."""
    allowed = [(at, one.options_of(options[one.key])) for at, one in enumerate(kind.field) if one.key in options]
    return {line for line in lines if all(line[at] in keys for at, keys in allowed)}


def _without(lines: set[Line], refused: list[Options], kind: RecordKind) -> set[Line]:
    return lines.difference(*(_of(lines, options, kind) for options in refused))
