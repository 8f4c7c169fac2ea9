"""The base of every part of a rulebook: `Part`, keys, numbers and wordings, and how a part reports its misfits.

A part that is not consistent raises `Misfits` with all its misfits at once. Each misfit has its location within the
part and a sentence in both languages; pydantic adds the location of the part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from states.vocabulary import Text


class Misfit(NamedTuple):
    """One inconsistency: its location (dotted, within the checked part; "" is the part itself) and its sentence."""

    location: str
    zh: str
    en: str


class Misfits(ValueError):
    """All inconsistencies of one part. A validator raises it, and pydantic adds the location of the part."""

    def __init__(self, *misfits: Misfit) -> None:
        super().__init__("; ".join(f"{m.location}: {m.zh} / {m.en}" for m in misfits))
        self.misfits = misfits


LARGEST, MOST_DECIMALS = 10**9, 12
"""The largest number of a rulebook, below 0 too, and the most decimals. No measure comes near."""


def read_decimal(value: object) -> Decimal:
    """A number of a TOML file as a `Decimal`.

    Raises `Misfits` for a string, a boolean, an infinite number, and one with too many decimals.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Misfits(Misfit("", f"必须是十进制数字，而不是 {value!r}", f"must be a decimal number, not {value!r}"))
    number = Decimal(value)
    if not number.is_finite():
        raise Misfits(Misfit("", f"必须是有限的数字，而不是 {value}", f"must be a finite number, not {value}"))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MOST_DECIMALS:
        zh, en = (
            f"最多 {MOST_DECIMALS} 位小数，而不是 {value}",
            f"must have at most {MOST_DECIMALS} decimals, not {value}",
        )
        raise Misfits(Misfit("", zh, en))
    return number


def _month_day(value: str) -> str:
    """A day as MM-DD. Raises `Misfits` for a day that not every year has, such as 02-29."""
    try:
        day = date.fromisoformat(f"2023-{value}")
    except ValueError:
        day = None
    if day is None or f"{day:%m-%d}" != value:
        raise Misfits(
            Misfit(
                "",
                f"必须写成 MM-DD，且每年都有这一天，而不是 {value!r}",
                f"must be written MM-DD and be a day every year has, not {value!r}",
            )
        )
    return value


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Number = Annotated[Decimal, BeforeValidator(read_decimal), Field(ge=-LARGEST, le=LARGEST)]
"""A number of a rulebook. The bounds keep every sum and product within the digits of `calculation/numbers.py`."""
Points = Annotated[Number, Field(ge=0, le=1000)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
Keys = Annotated[tuple[Key, ...], BeforeValidator(_as_tuple)]
"""One key, or a list of keys."""
NonBlank = Annotated[str, Field(min_length=1, pattern=r"\S")]
Clause = NonBlank
MonthDay = Annotated[str, AfterValidator(_month_day)]
Source = Literal["measure", "ours"]


class Part(BaseModel):
    """The base class of every part of a rulebook. It is frozen, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)


class Wording(Part):
    """A title or sentence in both languages."""

    zh: NonBlank
    en: NonBlank

    @cached_property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class Paragraph(Part):
    """One paragraph of the measure, word for word: its printed number (`label`), heading (if any) and text."""

    clause: Clause
    label: str = ""
    heading: Wording | None = None
    text: Wording


def check_sum(whole: Decimal, parts: Iterable[Decimal], zh: str, en: str) -> None:
    """Raise `Misfits` if the parts do not add up to `whole`. `zh` and `en` name the parts."""
    total = sum(parts, Decimal(0))
    if total != whole:
        raise Misfits(Misfit("", f"{zh}分值合计 {total}，应为 {whole}", f"{en} add up to {total}, not {whole}"))


def raise_if_any(misfits: Iterable[Misfit]) -> None:
    """Raise `Misfits` with these misfits, if there are any."""
    every = tuple(misfits)
    if every:
        raise Misfits(*every)


def repeated(location: str, keys: Iterable[str]) -> Iterator[Misfit]:
    """A misfit for every key that occurs more than once."""
    for key, times in Counter(keys).items():
        if times > 1:
            yield Misfit(location, f"键 {key} 重复", f"key {key} occurs {times} times")


def unknown(location: str, keys: Iterable[str | None], allowed: AbstractSet[str]) -> Iterator[Misfit]:
    """A misfit for every key that is not allowed, with the key that was perhaps meant. None is skipped."""
    for key in keys:
        if key is not None and key not in allowed:
            names, meant = ", ".join(sorted(allowed)), nearest(key, allowed)
            yield Misfit(
                location,
                f"没有名为 {key} 的定义{meant and f'，是否指 {meant}'}（可用：{names}）",
                f"nothing is called {key}{meant and f'; is {meant} meant?'} (known: {names})",
            )


def nearest(key: str, known: Iterable[str]) -> str:
    """The known key that is spelt almost like this one; empty if none is."""
    return next(iter(get_close_matches(key, sorted(known), 1, 0.8)), "")
