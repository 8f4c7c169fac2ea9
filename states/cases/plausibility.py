"""Checks that the lines of a record can be so: known options, and what the rulebook's rows about them (`rule`) say.

An impossible line is refused, with the reason. An unusual line is accepted if it has a remark. The rulebook says which
lines are which (`[[record.rule]]`: a Party sanction needs a Party member). The code knows the rest, which holds for any
kind of record: an option that is not listed, a line entered twice, several standings of one person. Not here: the days
of a case (`case.py`), and whether a sanction was deserved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Protocol

from states.guards import check_same_keys
from states.refusals import Implausible, NotKnown
from states.rulebook.calculation.record_kinds import FieldKind, FieldOption, RecordKind, RecordRule
from states.vocabulary import Citation, Text

Check = Callable[[], None]

_NO_EXCEPTION = Text(zh="", en="")
_EXCEPT_WITH_REMARK = Text(zh="；确属如此的，请在“说明”中写明理由", en=", or, if it is right, say why under “Remark”")
_FIELD = Text(zh="字段", en="field")


class LineOfRecord(Protocol):
    """One line of a record: the person it is about (if any), its options by field, its day, and a remark."""

    @property
    def person(self) -> str | None: ...
    @property
    def fields(self) -> Mapping[str, str]: ...
    @property
    def effective_on(self) -> date | None: ...
    @property
    def remark(self) -> str | None: ...


def line_checks(lines: Sequence[LineOfRecord], kind: RecordKind, clause: Citation) -> Iterator[tuple[str, Check]]:
    """Every check of the lines of one record, with the path of its field, from the number of the line.

    A check raises a refusal or does nothing. Lines with options that the kind does not list have no other check than
    that. `clause` is cited for what the program itself checks.
    """
    people: defaultdict[str | None, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        yield f"{index}.fields", partial(check_same_keys, _FIELD, line.fields, kind.fields, clause)
        for field in kind.field:
            yield f"{index}.fields.{field.key}", partial(_check_option, line, field, clause)
        if _is_known(line, kind):
            people[line.person].append(index)
            for rule in kind.rule:
                if not rule.after and kind.has(line.fields, rule.is_):
                    yield f"{index}.fields.{[*rule.is_][-1]}", partial(_check_rule, line, rule, kind)
    for indices in people.values():
        yield from _checks_of_person([(index, lines[index]) for index in indices], kind, clause)


def option_of(kind: RecordKind | None, field: str, key: str | None) -> FieldOption | None:
    """An option of a kind of record. None if the edition does not have the kind or the option."""
    return kind.option(field, key) if kind is not None else None


def _is_known(line: LineOfRecord, kind: RecordKind) -> bool:
    return all(line.fields.get(field.key) in field.options for field in kind.field)


def _check_option(line: LineOfRecord, field: FieldKind, clause: Citation) -> None:
    """Refuse an option that the field does not list. A missing field has its own check."""
    key = line.fields.get(field.key)
    if key is not None and key not in field.options:
        raise NotKnown(what=field.title.text, value=key, known=", ".join(field.options), clause=clause)


def _check_rule(line: LineOfRecord, rule: RecordRule, kind: RecordKind) -> None:
    """Refuse a line for which there is a row, unless the row lets it in with a remark and there is one."""
    if rule.then == "remark" and line.remark is not None:
        return
    facts = [(field.title.text, kind.fields[field.key].options[line.fields[field.key]].title.text)
             for field in kind.field if field.key in rule.is_]  # fmt: skip
    statement = _of_person(
        line.person,
        Text(
            zh="，".join(f"{title.zh}为“{option.zh}”" for title, option in facts),
            en=", ".join(f"{title.en.lower()} “{option.en}”" for title, option in facts),
        ),
    )
    raise _implausible(statement, rule)


def _checks_of_person(
    lines: list[tuple[int, LineOfRecord]], kind: RecordKind, clause: Citation
) -> Iterator[tuple[str, Check]]:
    """The checks of all lines of one person in the record, in the order in which they were entered."""
    last, first = lines[-1][0], kind.first.key
    every = [line for _, line in lines]
    for field in kind.field:
        if field.one_per_person:
            yield f"{last}.fields.{field.key}", partial(_check_one_option, every, field, kind, clause)
    yield f"{last}.fields.{first}", partial(_check_duplicates, every, kind, clause)
    for rule in kind.rule:
        for index, line in lines:
            if rule.after and kind.has(line.fields, rule.is_):
                yield f"{index}.fields.{first}", partial(_check_order, line, every, rule, kind)


def _check_one_option(lines: list[LineOfRecord], field: FieldKind, kind: RecordKind, clause: Citation) -> None:
    """Refuse several options of a field that describes the person, if no line of the person has a remark.

    Only the standing at the time of the misconduct counts.
    """
    keys = list(dict.fromkeys(line.fields[field.key] for line in lines))
    if len(keys) < 2 or any(line.remark for line in lines):
        return
    titles, title = [field.options[key].title.text for key in keys], field.title.text
    zh, en = "、".join(f"“{one.zh}”" for one in titles), ", ".join(f"“{one.en}”" for one in titles)
    statement = _of_person(
        lines[0].person,
        Text(
            zh=f"{title.zh}在同一{kind.title.zh}中写作{zh}",
            en=f"more than one “{title.en.lower()}” in one {kind.title.en.lower()}: {en}",
        ),
    )
    reason = Text(
        zh=f"{title.zh}以行为发生时为准，一般只有一个",
        en="what counts is what was so at the time of the act, usually only one",
    )
    raise Implausible(what=statement, why=reason, otherwise=_EXCEPT_WITH_REMARK, clause=clause)


def _check_duplicates(lines: list[LineOfRecord], kind: RecordKind, clause: Citation) -> None:
    """Refuse two lines of one person with the same options and the same day."""
    entered = set()
    for line in lines:
        key = (*(line.fields[field] for field in kind.fields), line.effective_on)
        if key in entered:
            title = kind.first.options[line.fields[kind.first.key]].title.text
            statement = _of_person(line.person, Text(zh=f"“{title.zh}”", en=f"“{title.en}”"))
            reason = Text(zh="同一日期登记了两次", en="it is entered twice with the same date")
            raise Implausible(what=statement, why=reason, otherwise=_NO_EXCEPTION, clause=clause)
        entered.add(key)


def _check_order(line: LineOfRecord, lines: list[LineOfRecord], rule: RecordRule, kind: RecordKind) -> None:
    """Refuse a line after one that usually ends such lines (an expulsion from the Party, a dismissal)."""
    if rule.then == "remark" and line.remark is not None:
        return
    for earlier in lines:
        if kind.has(earlier.fields, rule.after) and _is_before(earlier.effective_on, line.effective_on):
            before, after = (kind.first.options[one.fields[kind.first.key]].title.text for one in (earlier, line))
            statement = _of_person(
                line.person,
                Text(zh=f"“{before.zh}”之后又有“{after.zh}”", en=f"“{after.en}” after “{before.en}”"),
            )
            raise _implausible(statement, rule)


def _implausible(statement: Text, rule: RecordRule) -> Implausible:
    why = rule.why.text
    if rule.basis is not None:
        why = Text(zh=f"{why.zh}（{rule.basis.zh}）", en=f"{why.en} ({rule.basis.en})")
    otherwise = _EXCEPT_WITH_REMARK if rule.then == "remark" else _NO_EXCEPTION
    return Implausible(what=statement, why=why, otherwise=otherwise, clause=rule.clause)


def _of_person(person: str | None, statement: Text) -> Text:
    """The statement with the id of the person it is about. A line of a record without persons has none."""
    if not person:
        return statement
    return Text(zh=f"{person} 的{statement.zh}", en=f"{person}: {statement.en}")


def _is_before(day: date | None, later: date | None) -> bool:
    """Whether both dates are known and the first is before the second."""
    return day is not None and later is not None and day < later
