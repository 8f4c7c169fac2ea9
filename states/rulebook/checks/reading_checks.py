"""Whether a rulebook can be used under every reading: each alternative is put in and checked as if it had been chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from msgspec import Struct
from pydantic import ValidationError

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.file_locations import is_within, location_in
from states.rulebook.parts import Misfit, Misfits, Part
from states.rulebook.readings import Choices, ReadingList, every_alternative, meanings_in, put_in, readings_in
from states.vocabulary import Text

from .known_names import KnownNames
from .rule_checks import NOTHING_KNOWN, check_rules

Sentences = Callable[[Any], Text]
"""The sentence for one fault that pydantic finds, an item of `ValidationError.errors()`: see `config/findings.py`."""


def pydantic_sentence(detail: Any) -> Text:
    return Text(zh=f"不合格式：{detail['msg']}", en=detail["msg"])


def no_misfits(_part: Any) -> Iterable[Misfit]:
    """The check of a part that needs none when it is loaded."""
    return ()


class PartCheck(NamedTuple):
    """A part of a rulebook that is loaded by itself, and what is checked when it is loaded."""

    part: type[Part]
    check: Callable[[Any], Iterable[Misfit]] = no_misfits


class RulebookData(Struct, frozen=True):
    """The data of a rulebook, the parts that are checked, and the sentences for faults of the format.

    - `known`: what rules of results may name beside themselves: readings that the program itself follows are used.
    - `parts`: a fault of one of them hides nothing in the others. Keys of none of them are not looked at, unless `Part`
      itself is the last: it has no keys, so every key that is left is a fault.
    """

    data: Mapping[str, Any]
    known: KnownNames = NOTHING_KNOWN
    sentence: Sentences = pydantic_sentence
    parts: tuple[PartCheck, ...] = ()

    def misfits(self, changes: Choices | None = None) -> list[Misfit]:
        """All misfits under the chosen readings, with other choices for some of them."""
        put = put_in(self.data, meanings_in(self.data, changes))
        data = {**put.data, "reading": self.data["reading"]} if "reading" in self.data else put.data
        misfits = [misfit for one, of_part in self._apart(data) for misfit in self._misfits_of(one, of_part)]
        # A location without its reading is left out, which may be a fault of the part around it.
        around = [misfit for misfit in misfits if any(is_within(gap.location, misfit.location) for gap in put.unknown)]
        return list(dict.fromkeys([*put.unknown, *(misfit for misfit in misfits if misfit not in around)]))

    def alternative_misfits(self) -> list[Misfit]:
        """What does not fit only under an alternative: a fault today, not on the day when somebody chooses it."""
        chosen, misfits = set(self.misfits()), []
        for key, alternative in every_alternative(readings_in(self.data)):
            for location, zh, en in self.misfits({key: alternative}):
                if Misfit(location, zh, en) not in chosen:
                    words = (
                        f"如果选 {alternative}，这份办法不能使用：{location} {zh}",
                        f"with {alternative} this rulebook would not load: {location} {en}",
                    )
                    misfits.append(Misfit(f"reading.{key}.alternative.{alternative}", *words))
        return misfits

    def unused_readings(self) -> Iterator[Misfit]:
        """Choices that change nothing, and locations without a choice. A note has no alternatives; no location names it."""
        readings = readings_in(self.data)
        locations = set(put_in(self.data, meanings_in(self.data)).uses.values())
        for key, reading in readings.items():
            has_choice = bool(reading.others) or reading.number is not None
            if has_choice and key not in locations and key not in self.known.readings:
                yield Misfit(
                    f"reading.{key}", "没有任何地方使用", "is named nowhere, so its alternatives change nothing"
                )
            if key in locations and not has_choice:
                yield Misfit(f"reading.{key}", "没有可选的做法", "has no other alternative, so nothing is left open")

    def _apart(self, data: dict[str, Any]) -> Iterator[tuple[PartCheck, dict[str, Any]]]:
        rest = dict(data)
        for one in self.parts:
            names = [name for name in one.part.model_fields or list(rest) if name in rest]
            yield one, {name: rest.pop(name) for name in names}

    def _misfits_of(self, one: PartCheck, data: dict[str, Any]) -> list[Misfit]:
        try:
            loaded = one.part.model_validate(data)
        except ValidationError as error:
            return [misfit for detail in error.errors() for misfit in format_misfits(detail, data, self.sentence)]
        return list(one.check(loaded))


def format_misfits(detail: Any, data: Any, sentence: Sentences) -> Iterator[Misfit]:
    """The misfits in one error of pydantic, each with its location in the data."""
    location, error = location_in(data, detail["loc"]), detail.get("ctx", {}).get("error")
    if isinstance(error, Misfits):
        for misfit in error.misfits:
            yield Misfit(".".join(filter(None, (location, misfit.location))), misfit.zh, misfit.en)
        return
    words = sentence(detail)
    yield Misfit(location, words.zh, words.en)


def check(
    data: Mapping[str, Any], known: KnownNames = NOTHING_KNOWN, sentence: Sentences = pydantic_sentence
) -> list[Misfit]:
    """Every misfit of the rules of results in the data of a rulebook, under its readings and under every alternative."""
    parts = (PartCheck(ReadingList), PartCheck(ResultRules, partial(check_rules, known=known)))
    whole = RulebookData(data, known, sentence, parts)
    return [*whole.misfits(), *whole.unused_readings(), *whole.alternative_misfits()]
