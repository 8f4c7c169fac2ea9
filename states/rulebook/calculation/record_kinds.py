"""Kinds of record (台账): what can be put on record about a department (案件、表彰), by fields, and what is plausible.

Not here: what a line of a record gives or costs (`ladders.py`), and how a record is entered (`states/cases`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from states.rulebook.parts import Clause, Key, Part, Wording

Options = dict[Key, tuple[Key, ...]]
"""By field: the options, or names of groups of options, that a row is for."""


_NO_NAMES: frozenset[str] = frozenset()


class FieldOption(Part):
    """One option of a field. The options of a record's first field are listed from light to heavy."""

    key: Key
    title: Wording
    clause: Clause = ""


class FieldKind(Part):
    """A field of a kind of record, with its options, and names for several of them (`group`).

    `one_per_person`: it describes the person and not what was decided, so a person has one option of it in a record.
    """

    key: Key
    title: Wording
    option: Annotated[tuple[FieldOption, ...], Field(min_length=1)]
    group: dict[Key, tuple[Key, ...]] = Field(default_factory=dict)
    one_per_person: StrictBool = False

    @cached_property
    def weights(self) -> dict[str, int]:
        """The place of each option, from light to heavy."""
        return {option.key: number for number, option in enumerate(self.option)}

    @cached_property
    def options(self) -> dict[str, FieldOption]:
        return {option.key: option for option in self.option}

    @cached_property
    def names_of(self) -> dict[str | None, frozenset[str]]:
        """The names of each option: its own key, and those of the groups that it is in."""
        groups = {
            option: {key for key, of_group in self.group.items() if option in of_group} for option in self.options
        }
        return {option: frozenset({option, *of_option}) for option, of_option in groups.items()}

    def options_of(self, keys: Iterable[str]) -> frozenset[str]:
        """The options that these keys of options and groups name."""
        return frozenset(option for key in keys for option in self.group.get(key, (key,)))


class RecordRule(Part):
    """One row about what is plausible: the options it is for (`is`), and what happens to a line with them (`then`).

    - `after`: it is for a line that follows an earlier one with these options, of the same person in the same record.
    - `then`: `refuse` a line that cannot be; accept an unusual one only with a `remark`.
    - `why`: the reason, as a refusal says it. `basis`: the regulation that says so, if it is not the measure.
    """

    is_: Annotated[Options, Field(alias="is", min_length=1)]
    after: Options = Field(default_factory=dict)
    then: Literal["refuse", "remark"]
    why: Wording
    basis: Wording | None = None
    clause: Clause


class RecordKind(Part):
    """A kind of record: a case, an honour, a routine check.

    The options of its first field say how heavy a line is.

    - `personal`: each of its lines is about a person.
    - `by`: of the roles that may enter records, those that may enter this kind; empty: all of them.
    - `confidential`: only those who may read cases may read it, and nobody of the department it is about.
    """

    key: Key
    title: Wording
    personal: StrictBool = True
    by: tuple[Key, ...] = ()
    confidential: StrictBool = False
    clause: Clause
    field: Annotated[tuple[FieldKind, ...], Field(min_length=1)]
    rule: tuple[RecordRule, ...] = ()

    @cached_property
    def fields(self) -> dict[str, FieldKind]:
        return {field.key: field for field in self.field}

    @property
    def first(self) -> FieldKind:
        """The field whose options say how heavy a line is."""
        return self.field[0]

    def option(self, field: str, key: str | None) -> FieldOption | None:
        """An option of a field. None if this edition does not list it."""
        return self.fields[field].options.get(key or "") if field in self.fields else None

    def has(self, line: Mapping[str, str], options: Options) -> bool:
        """Whether a line has one of these options in each of the fields named."""
        for key, keys in options.items():
            if self.fields[key].names_of.get(line.get(key), _NO_NAMES).isdisjoint(keys):
                return False
        return True
