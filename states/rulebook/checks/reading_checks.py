"""Whether a rulebook can be used under every reading: each alternative is put in and checked as if it had been chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.choices import Reading, every_alternative, meanings, put_in
from states.rulebook.parts import Key, Misfit, Misfits, repeated
from states.vocabulary import Text

from .known_names import KnownNames
from .rule_checks import NOTHING_KNOWN, check_rules

Sentences = Callable[[Any], Text]
"""The sentence for one fault that pydantic finds, an item of `ValidationError.errors()`: see `config/findings.py`."""


def pydantic_sentence(detail: Mapping[str, Any]) -> Text:
    return Text(zh=f"不合格式：{detail['msg']}", en=detail["msg"])


class RulesFile(Struct, frozen=True):
    """The data of a rulebook, what is known of its other parts, and the sentences for faults of its format."""

    data: Mapping[str, Any]
    known: KnownNames = NOTHING_KNOWN
    sentence: Sentences = pydantic_sentence

    def misfits(self, readings: Mapping[str, Reading], changes: Mapping[str, Key | Decimal]) -> list[Misfit]:
        """All misfits of its rules under the chosen readings, with other choices for some of them."""
        try:
            rules = put_in(self.data, meanings(readings, changes)).data
        except Misfits as unknown:
            return list(unknown.misfits)
        parts = {name: part for name, part in rules.items() if name in ResultRules.model_fields}
        try:
            return check_rules(ResultRules.model_validate(parts), self.known)
        except ValidationError as error:
            return [misfit for detail in error.errors() for misfit in self.faults(detail, parts)]

    def faults(self, detail: Mapping[str, Any], data: Any) -> Iterator[Misfit]:
        """The misfits in one error of pydantic, each with its place in the data."""
        place, error = place_in(data, detail["loc"]), detail.get("ctx", {}).get("error")
        if isinstance(error, Misfits):
            for misfit in error.misfits:
                yield Misfit(".".join(filter(None, (place, misfit.place))), misfit.zh, misfit.en)
            return
        sentence = self.sentence(detail)
        yield Misfit(place, sentence.zh, sentence.en)


def check(
    data: Mapping[str, Any], known: KnownNames = NOTHING_KNOWN, sentence: Sentences = pydantic_sentence
) -> list[Misfit]:
    """Every misfit of the rules of results in the data of a rulebook, under its readings and under every alternative."""
    file = RulesFile(data, known, sentence)
    readings: dict[str, Reading] = {}
    faults: list[Misfit] = []
    for number, part in enumerate(data.get("reading", ())):
        try:
            reading = Reading.model_validate(part)
        except ValidationError as error:
            details = ({**detail, "loc": ("reading", number, *detail["loc"])} for detail in error.errors())
            faults += [misfit for detail in details for misfit in file.faults(detail, data)]
            continue
        faults += repeated("reading", [key for key in readings if key == reading.key] + [reading.key])
        readings[reading.key] = reading
    # Without all readings, every place where one stands would be reported again.
    return faults or [*file.misfits(readings, {}), *_uses(file, readings), *_alternatives(file, readings)]


def _alternatives(file: RulesFile, readings: Mapping[str, Reading]) -> Iterator[Misfit]:
    """What does not fit only under an alternative: a fault today, not on the day when somebody chooses it."""
    chosen = set(file.misfits(readings, {}))
    for key, alternative in every_alternative(readings):
        for place, zh, en in file.misfits(readings, {key: alternative}):
            if Misfit(place, zh, en) not in chosen:
                yield Misfit(
                    f"reading.{key}.alternative.{alternative}",
                    f"如果选 {alternative}，这份办法不能使用：{place} {zh}",
                    f"with {alternative} this rulebook would not load: {place} {en}",
                )


def _uses(file: RulesFile, readings: Mapping[str, Reading]) -> Iterator[Misfit]:
    """Choices that change nothing, and places that leave no choice. A note has no alternatives, and no place names it."""
    try:
        places = set(put_in(file.data, meanings(readings)).uses.values())
    except Misfits:
        return
    for key, reading in readings.items():
        has_choice = bool(reading.others) or reading.number is not None
        if has_choice and key not in places and key not in file.known.readings:
            yield Misfit(f"reading.{key}", "没有任何地方使用", "is named nowhere, so its alternatives change nothing")
        if key in places and not has_choice:
            yield Misfit(f"reading.{key}", "没有可选的做法", "has no other alternative, so nothing is left open")


def place_in(data: Any, path: Sequence[int | str]) -> str:
    """The dotted place of a path of pydantic: `("form", 0, "item", 1)` is `form.annex-1.item.a2`.

    A tag of a union, which is no part of the data, is left out.
    """
    place, part = "", data
    for step in path:
        try:
            part = part[step]
        except (LookupError, TypeError):
            # The last step may be a key that is missing. A tag comes before other steps.
            if step != path[-1]:
                continue
            part = None
        name = part.get("key") if isinstance(step, int) and isinstance(part, dict) else None
        place += f"[{step}]" if isinstance(step, int) and not isinstance(name, str) else f".{name or step}"
    return place.removeprefix(".")
