"""Readings: the decisions on what a measure leaves open. Each has its alternatives, its clause and its reason.

`{ reading = "x" }` may stand wherever a value of the rulebook stands. `put_in` replaces it by what the chosen
alternative means, before anything else is checked, and remembers where it stood. So a result can name exactly the
readings that it used, and every alternative can be tried when the rulebook is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Self

from msgspec import Struct
from pydantic import Field, ValidationError, model_validator

from states.vocabulary import Text

from .calculation.numbers import plain
from .file_locations import list_names
from .parts import Clause, Key, Misfit, Misfits, Number, Part, Wording, raise_if_any, repeated

LEFT_OUT = object()
"""What an alternative without `means` puts in: nothing, so the key is not written at all."""


class Alternative(Part):
    """One alternative of a reading: its key, what it means as a sentence, and what it puts where the reading stands."""

    key: Key
    text: Wording
    means: Any = None

    @property
    def value(self) -> object:
        return self.means if "means" in self.model_fields_set else LEFT_OUT


class Reading(Part):
    """What the measure leaves open (条文理解): the chosen alternative `value`, its clause, and why.

    If `number` is set, `value` may also be a number above 0; then the sentence has it in place of `{value}`.
    `asks` is the question for the institution.
    """

    key: Key
    value: Annotated[Key | Number, Field(union_mode="left_to_right")]
    alternative: tuple[Alternative, ...] = ()
    number: Wording | None = None
    asks: Wording | None = None
    clause: Clause
    why: Wording

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if isinstance(self.value, Decimal):
            if self.number is None:
                raise Misfits(Misfit("value", "不能是数字", "cannot be a number"))
            if not 0 < self.value <= 1000:
                words = (
                    f"应大于 0、不大于 1000，而不是 {self.value}",
                    f"must be above 0 and at most 1000, not {self.value}",
                )
                raise Misfits(Misfit("value", *words))
        elif not self.alternatives:
            raise Misfits(
                Misfit("alternative", "缺少 alternative：写明可选的做法", "is missing: write the alternatives")
            )
        elif self.value not in self.alternatives:
            known = "、".join(self.alternatives)
            raise Misfits(
                Misfit("value", f"没有 {self.value}，可选：{known}", f"is none of {', '.join(self.alternatives)}")
            )
        return self

    @cached_property
    def alternatives(self) -> dict[str, Alternative]:
        return {alternative.key: alternative for alternative in self.alternative}

    @property
    def others(self) -> tuple[Alternative, ...]:
        """The alternatives that were not chosen."""
        return tuple(alternative for alternative in self.alternative if alternative.key != self.value)

    @property
    def amount(self) -> Decimal:
        """The number that was chosen; 0 if it is none."""
        return self.value if isinstance(self.value, Decimal) else Decimal(0)

    @property
    def sentence(self) -> Text:
        """The meaning of the chosen alternative."""
        return self.sentence_of(self.value)

    def sentence_of(self, value: Key | Decimal) -> Text:
        if isinstance(value, Decimal):
            assert self.number is not None
            number = plain(value)
            return Text(zh=self.number.zh.replace("{value}", number), en=self.number.en.replace("{value}", number))
        return self.alternatives[value].text.text


class ReadingList(Part):
    """All readings of a rulebook."""

    reading: tuple[Reading, ...] = ()

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        raise_if_any(repeated("reading", (reading.key for reading in self.reading)))
        return self

    @cached_property
    def readings(self) -> dict[str, Reading]:
        return {reading.key: reading for reading in self.reading}


class PutIn(Struct, frozen=True):
    """The data of a rulebook with every reading replaced.

    - `uses`: the keys of the readings by the location where they stood.
    - `unknown`: the locations that name a reading that is not there. They are left out.
    """

    data: dict[str, Any]
    uses: dict[str, str]
    unknown: tuple[Misfit, ...] = ()


def put_in(data: Mapping[str, Any], values: Mapping[str, object]) -> PutIn:
    """Replace every `{ reading = "x" }` by `values["x"]`."""
    uses: dict[str, str] = {}
    unknown: list[Misfit] = []

    def replace(part: Any, location: str) -> Any:
        if isinstance(part, dict):
            if set(part) == {"reading"} and isinstance(part["reading"], str):
                return chosen(part["reading"], location)
            pairs = ((key, replace(value, f"{location}.{key}" if location else key)) for key, value in part.items())
            return {key: value for key, value in pairs if value is not LEFT_OUT}
        if isinstance(part, list):
            values_of = (
                replace(value, f"{location}{name}") for value, name in zip(part, list_names(part), strict=True)
            )
            return [value for value in values_of if value is not LEFT_OUT]
        return part

    def chosen(key: str, location: str) -> object:
        if key not in values:
            unknown.append(Misfit(location, f"没有名为 {key} 的条文理解", f"there is no reading called {key}"))
            return LEFT_OUT
        uses[location] = key
        return values[key]

    replaced = replace({name: part for name, part in data.items() if name != "reading"}, "")
    return PutIn(replaced, uses, tuple(unknown))


Choices = Mapping[str, Key | Decimal]
"""The values that are chosen of some readings, by their keys."""


def meanings(readings: Mapping[str, Reading], changes: Choices | None = None) -> dict[str, object]:
    """What each reading puts in, with other choices for some of them (`changes`)."""
    chosen = {key: reading.value for key, reading in readings.items()} | dict(changes or {})
    return {
        key: value if isinstance(value, Decimal) else readings[key].alternatives[value].value
        for key, value in chosen.items()
    }


def meanings_in(data: Mapping[str, Any], changes: Choices | None = None) -> dict[str, object]:
    """What each reading in the data of a rulebook puts in.

    Of a reading with a fault, which is reported apart, it is a guess: so the rest of the rulebook can be checked.
    """
    parts = data.get("reading")
    named = [part for part in parts if isinstance(part, dict) and "key" in part] if isinstance(parts, list) else []
    return {str(part["key"]): _guess(part) for part in named} | meanings(readings_in(data), changes)


def readings_in(data: Mapping[str, Any]) -> dict[str, Reading]:
    """The readings in the data of a rulebook, without those with a fault."""
    readings: dict[str, Reading] = {}
    parts = data.get("reading")
    for part in parts if isinstance(parts, list) else ():
        with suppress(ValidationError):
            reading = Reading.model_validate(part)
            readings[reading.key] = reading
    return readings


def every_alternative(readings: Mapping[str, Reading]) -> Iterator[tuple[str, Key]]:
    """Each alternative of each reading that is not the chosen one."""
    for key, reading in readings.items():
        for alternative in reading.alternative:
            if alternative.key != reading.value:
                yield key, alternative.key


def _guess(reading: Mapping[str, Any]) -> object:
    """What a reading with a fault may put in: the number that it chooses, or what its first alternative means."""
    value, alternatives = reading.get("value"), reading.get("alternative")
    if "number" in reading and isinstance(value, int | Decimal):
        return value
    first = alternatives[0] if isinstance(alternatives, list) and alternatives else None
    return first.get("means", LEFT_OUT) if isinstance(first, dict) else LEFT_OUT
