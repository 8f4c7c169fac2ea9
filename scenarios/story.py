"""A story: a TOML file that says what happens on which day, and what must then be so. docs/scenarios.md.

Written by whoever owns the rules, so a story that cannot be told is refused with its file, its key and a sentence.
Here a story is read and checked as far as it can be without living it; `scenario.py` lives it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from config.rulebooks import Edition
from config.texts import UnreadableText, toml_of
from states.assessment import Member
from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Opaque, Text, Words
from states.year.roster import Unit

from . import checks as expectations
from . import defaults, variant

When = date | datetime

_ELSEWHERE = ("states.accounts.", "states.custody.", "states.views", "states.command_ids")
"""Whose refusals no story meets: nobody signs in there, and nothing is confidential."""
REFUSALS = tuple(
    sorted(
        kind.__name__
        for kind in Refusal.__subclasses__()
        if kind.__module__.startswith("states.") and not kind.__module__.startswith(_ELSEWHERE)
    )
)
"""The codes a happening may expect to be refused with."""

MORNING = time(10)
"""When a happening dated by day alone happens: after the clock's reminders of the day."""
EVENING = time(23, 59, 59)
"""When an expectation dated by day alone is looked at."""


class StoryFault(UserError):
    """A story that cannot be told."""

    zh = "情景 {file} 无法运行，{key}：{why}。格式见 docs/scenarios.md。"
    en = "Story {file} cannot be run; {key}: {why}. The format is in docs/scenarios.md."


class Happening(Struct, frozen=True, kw_only=True):
    """Somebody does something. `key` says where it stands in the file."""

    key: str
    on: When
    do: str
    unit: str
    occasion: str | None
    by: str | None
    who: str | None
    of: str | None
    refused: str | None
    then: Mapping[str, Any]
    given: Mapping[str, Any]


class Expectation(Struct, frozen=True, kw_only=True):
    """What must be so at a moment (at the end, if none is named)."""

    key: str
    on: When | None
    unit: str
    occasion: str | None
    wanted: Mapping[str, Any]


class Story(Struct, frozen=True, kw_only=True):
    """One story, read and checked."""

    file: str
    title: str
    tests: str
    year: int
    units: tuple[Unit, ...]
    happenings: tuple[Happening, ...]
    expectations: tuple[Expectation, ...]
    changes: variant.Changes
    due: Mapping[str, date]
    opens: date | str | None
    asleep: tuple[tuple[When, When], ...]

    def edition(self, base: Edition) -> Edition:
        """The edition the story is lived under: `base`, or a variant of it with the story's own settings."""
        if not self.changes.any:
            return base
        try:
            return variant.of(base, self.changes, self.file)
        except UserError as fault:
            why = Text(zh=fault.render("zh"), en=fault.render("en"))
            raise StoryFault(file=self.file, key="settings", why=why) from fault

    def opening(self, edition: Edition) -> datetime | None:
        """When the assessment year opens: 09:00 on the story's day, else the rulebook's; None for never."""
        if isinstance(self.opens, str):
            return None
        day = self.opens or date.fromisoformat(f"{self.year}-{edition.rulebook.open_on}")
        return moment(day, time(9), edition)

    def begins(self, edition: Edition) -> datetime:
        """The moment to start a virtual clock at: the day before the first thing that happens."""
        days = [h.on for h in self.happenings] + [e.on for e in self.expectations if e.on is not None]
        opening = self.opening(edition)
        firsts = [moment(day, time(0), edition) for day in days] + ([opening] if opening else [])
        return min(firsts, default=moment(date(self.year, 1, 1), time(0), edition)) - timedelta(days=1)


def load(path: Path) -> Story:
    """The story in a file. Raises `StoryFault`."""
    try:
        return parse(toml_of(path.read_bytes(), path.name), path.name)
    except UnreadableText as error:
        raise StoryFault(file=path.name, key="—", why=error.why) from error
    except OSError as error:
        raise StoryFault(file=path.name, key="—", why=_plain("无法读取", "it cannot be read", error)) from error


def parse(text: str, name: str) -> Story:
    """The story in `text`; `name` is what its faults call it. Raises `StoryFault`."""
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise StoryFault(file=name, key="TOML", why=_plain("不合 TOML 语法", "this is not TOML", error)) from error
    return _Reader(name).story(told)


def moment(when: When, at: time, edition: Edition) -> datetime:
    """A day, or a day and time, of the rulebook's zone as a moment."""
    zone = ZoneInfo(edition.rulebook.timezone)
    if isinstance(when, datetime):
        return when if when.tzinfo else when.replace(tzinfo=zone)
    return datetime.combine(when, at, zone)


class _UnitLine(Struct, forbid_unknown_fields=True):
    id: Opaque
    kind: str = "college"
    title: str | None = None
    heads: int = 2
    members: int = 3
    staff: int = 40

    def unit(self) -> Unit:
        """The unit with placeholder people: `<id>-h1`, `<id>-m1` and so on."""
        posts = (("h", self.heads, "负责人"), ("m", self.members, "班子成员"))
        heads, members = (
            tuple(Member(person=Opaque(f"{self.id}-{c}{n}"), position=Words(post)) for n in range(1, count + 1))
            for c, count, post in posts
        )
        title = Words(self.title or self.id)
        return Unit(unit=self.id, title=title, unit_kind=self.kind, heads=heads, members=members, staff=self.staff)


class _Sleep(Struct, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    start: Any
    end: Any


class _File(Struct, forbid_unknown_fields=True):
    title: str
    tests: str
    year: int
    unit: list[_UnitLine]
    expect: list[dict[str, Any]] = []
    happening: list[dict[str, Any]] = []
    asleep: list[_Sleep] = []
    settings: dict[str, Any] = {}
    scoring: dict[str, Decimal] = {}
    publicity: date | None = None
    due: dict[str, date] = {}
    opens: Any = None


class _Common(Struct):
    """The keys that happenings and expectations share."""

    on: Any = None
    unit: str = ""
    occasion: str | None = None


class _Doing(Struct):
    """The keys every happening may have."""

    do: str
    by: str | None = None
    who: str | None = None
    of: str | None = None
    refused: str | None = None
    then: dict[str, Any] = {}


class _Reader:
    """Reads one file; knows its name."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.units: tuple[str, ...] = ()

    def story(self, told: dict[str, Any]) -> Story:
        found = self._as(_File, told, "—")
        units = tuple(line.unit() for line in found.unit)
        self.units = tuple(u.unit for u in units)
        if not units:
            self._fault("unit", "至少要有一个部门", "at least one unit is needed")
        if not found.expect and not any("then" in h or "refused" in h for h in found.happening):
            self._fault("expect", "没有任何预期，无从核对", "nothing is expected, so nothing can be checked")
        if found.opens == "never" and not found.happening:
            self._fault("happening", "既不启动年度也没有任何事项", "the year never opens and nothing happens")
        return Story(
            file=self.file, title=found.title, tests=found.tests, year=found.year, units=units,
            happenings=tuple(self._happening(f"happening[{n}]", h) for n, h in enumerate(found.happening, 1)),
            expectations=tuple(self._expectation(f"expect[{n}]", e) for n, e in enumerate(found.expect, 1)),
            changes=variant.Changes(settings=found.settings, scoring=found.scoring, publicity=found.publicity),
            due=found.due, opens=self._opens(found.opens),
            asleep=tuple((self._when("asleep.from", s.start), self._when("asleep.to", s.end)) for s in found.asleep),
        )  # fmt: skip

    def _happening(self, key: str, told: dict[str, Any]) -> Happening:
        common, doing = self._as(_Common, told, key), self._as(_Doing, told, key)
        if doing.do not in defaults.known():
            self._unknown(f"{key}.do", doing.do, defaults.known())
        if doing.refused is not None and doing.refused not in REFUSALS:
            self._unknown(f"{key}.refused", doing.refused, REFUSALS)
        fields = defaults.fields_of(doing.do)
        given = dict(self._typed(key, told, fields, (*_Common.__struct_fields__, *_Doing.__struct_fields__)))
        for needed in defaults.NEEDS.get(doing.do, ()):
            if needed not in given:
                self._fault(f"{key}.{needed}", f"办理 {doing.do} 必须写 {needed}", f"{doing.do} needs {needed}")
        then = dict(self._typed(f"{key}.then", doing.then, expectations.KINDS, ()))
        return Happening(
            key=key, on=self._when(f"{key}.on", common.on), do=doing.do, unit=self._unit(key, common.unit), occasion=common.occasion,
            by=doing.by, who=doing.who, of=doing.of, refused=doing.refused, then=then, given=given,
        )  # fmt: skip

    def _expectation(self, key: str, told: dict[str, Any]) -> Expectation:
        common = self._as(_Common, told, key)
        wanted = dict(self._typed(key, told, expectations.KINDS, _Common.__struct_fields__))
        if not wanted:
            self._fault(key, "没有写预期什么", "it expects nothing")
        unit = self._unit(key, common.unit)
        on = None if common.on is None else self._when(f"{key}.on", common.on)
        return Expectation(key=key, on=on, unit=unit, occasion=common.occasion, wanted=wanted)

    def _when(self, key: str, value: object) -> When:
        if not isinstance(value, date):
            self._fault(key, f"应为日期（如 2026-11-10），而不是 {value}", f"must be a date (2026-11-10), not {value}")
        return value

    def _opens(self, value: object) -> date | str | None:
        if value is None or value == "never":
            return None if value is None else "never"
        return self._when("opens", value)

    def _unit(self, key: str, unit: str) -> str:
        """The unit named, or the story's first."""
        if unit and unit not in self.units:
            self._unknown(f"{key}.unit", unit, self.units)
        return unit or self.units[0]

    def _typed(
        self, key: str, told: dict[str, Any], kinds: Mapping[str, Any], leave: tuple[str, ...]
    ) -> Iterator[tuple[str, Any]]:
        for name, value in told.items():
            if name in leave:
                continue
            if name not in kinds:
                self._unknown(f"{key}.{name}", name, kinds)
            converted = self._as(kinds[name], value, f"{key}.{name}")
            for item in converted if name in expectations.CLOSED and kinds is expectations.KINDS else ():
                if item not in expectations.CLOSED[name]:
                    self._unknown(f"{key}.{name}", item, expectations.CLOSED[name])
            yield name, converted

    def _as(self, kind: Any, value: object, key: str) -> Any:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise StoryFault(file=self.file, key=key, why=_explained(str(error))) from error

    def _unknown(self, key: str, value: object, known: Iterable[str]) -> NoReturn:
        names = ", ".join(known)
        self._fault(key, f"不认识 {value}，可用：{names}", f"{value} is not known; known: {names}")

    def _fault(self, key: str, zh: str, en: str) -> NoReturn:
        raise StoryFault(file=self.file, key=key, why=Text(zh=zh, en=en))


_TYPES = {
    "str": "文字（加引号）", "int": "整数", "bool": "true 或 false", "date": "日期", "datetime": "日期时间",
    "decimal": "数字", "object": "表（{…}）", "array": "列表（[…]）", "float": "数字", "null": "空",
}  # fmt: skip


def _explained(message: str) -> Text:
    """What msgspec found, in both languages."""
    found = re.match(r"(?:Object contains unknown field|Object missing required field) `(\w+)`", message)
    if found:
        unknown = "unknown" in message
        zh = f"没有 {found[1]} 这个键" if unknown else f"缺少 {found[1]}"
        return Text(zh=zh, en=f"there is no key {found[1]}" if unknown else f"{found[1]} is missing")
    if "decimal" in message and "Invalid" in message:
        return Text(zh="应为数字（不加引号）", en="must be a number, without quotes")
    types = re.match(r"Expected `([^`]+)`, got `([^`]+)`(.*)", message)
    if types:
        wanted = "或".join(_TYPES.get(t.strip(), t.strip()) for t in types[1].split("|"))
        got = _TYPES.get(types[2], types[2])
        return Text(zh=f"应为{wanted}，而不是{got}{types[3]}", en=f"must be {types[1]}, not {types[2]}{types[3]}")
    return Text(zh=f"值不合要求（{message}）", en=message)


def _plain(zh: str, en: str, error: Exception) -> Text:
    return Text(zh=f"{zh}（{error}）", en=f"{en} ({error})")
