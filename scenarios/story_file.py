"""Reads the file of a story, which is TOML, into a `Story`. docs/scenarios.md describes the format.

Everything that can be checked without running the story is checked here. A fault names the file and the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from msgspec import Struct

from config.rulebooks import shipped_editions
from config.texts import UnreadableText, toml_of
from states.assessment import Member
from states.records.roster import Unit
from states.refusals import Refusal
from states.vocabulary import Opaque, Text, Words

from . import variant
from .defaults import acts
from .observations import CLOSED_LISTS, EXPECTATION_TYPES
from .story import DayOrMoment, Expectation, Happening, Story, StoryFault

_NOT_IN_STORIES = ("states.accounts.", "states.custody.", "states.views", "states.command_ids")
"""Modules whose refusals cannot occur in a story: nobody signs in, and no value is confidential."""

REFUSALS = tuple(
    sorted(
        kind.__name__
        for kind in Refusal.__subclasses__()
        if kind.__module__.startswith("states.") and not kind.__module__.startswith(_NOT_IN_STORIES)
    )
)
"""The codes of the refusals that a happening can expect."""


def load(path: Path) -> Story:
    """The story in a file. Raises `StoryFault`."""
    try:
        return parse(toml_of(path.read_bytes(), path.name), path.name, path.parent)
    except UnreadableText as error:
        raise StoryFault(file=path.name, key="—", why=error.why) from error
    except OSError as error:
        raise StoryFault(file=path.name, key="—", why=_with_reason("无法读取", "it cannot be read", error)) from error


def parse(text: str, name: str, folder: Path = Path()) -> Story:
    """The story in `text`, whose rulebook is found from `folder`. Raises `StoryFault`, which calls the file `name`."""
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise StoryFault(
            file=name, key="TOML", why=_with_reason("不合 TOML 语法", "this is not TOML", error)
        ) from error
    return _StoryReader(name, folder).story(table)


class _DepartmentTable(Struct, forbid_unknown_fields=True):
    """A `[[unit]]` of the file. `heads`, `members` and `staff` are numbers of people.

    Without `kind`, it is of the first kind of the rulebook.
    """

    id: Opaque
    kind: str = ""
    title: str | None = None
    heads: int = 2
    members: int = 3
    staff: int = 40

    def unit(self) -> Unit:
        """The department with placeholder people: `<id>-h1`, `<id>-m1` and so on."""
        posts = (("h", self.heads, "负责人"), ("m", self.members, "班子成员"))
        heads, members = (
            tuple(Member(person=Opaque(f"{self.id}-{letter}{n}"), position=Words(post)) for n in range(1, count + 1))
            for letter, count, post in posts
        )
        title = Words(self.title or self.id)
        return Unit(unit=self.id, title=title, unit_kind=self.kind, heads=heads, members=members, staff=self.staff)


class _OutageTable(Struct, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    start: Any
    end: Any


class _StoryTable(Struct, forbid_unknown_fields=True):
    title: str
    tests: str
    year: int
    unit: list[_DepartmentTable]
    rulebook: str | None = None
    expect: list[dict[str, Any]] = []
    happening: list[dict[str, Any]] = []
    asleep: list[_OutageTable] = []
    readings: dict[str, Any] = {}
    scoring: dict[str, Decimal] = {}
    stages: list[str] = []
    stage: list[dict[str, Any]] = []
    occasion: list[dict[str, Any]] = []
    due: dict[str, date] = {}
    opens: Any = None


class _SharedKeys(Struct):
    """The keys that a happening and an expectation have in common."""

    on: Any = None
    unit: str = ""
    occasion: str | None = None


_KEYS_IN_FILE = {"act": "do", "role": "by", "account": "who", "account_unit": "of", "expected": "then"}


class _HappeningKeys(Struct, rename=_KEYS_IN_FILE):
    """The keys that every happening can have, besides the fields of its act."""

    act: str
    role: str | None = None
    account: str | None = None
    account_unit: str | None = None
    refused: str | None = None
    expected: dict[str, Any] = {}


class _StoryReader:
    """Reads the tables of one file. Every fault names the file and the key."""

    def __init__(self, file: str, folder: Path) -> None:
        self.file, self.folder = file, folder
        self.units: tuple[str, ...] = ()

    def story(self, table: dict[str, Any]) -> Story:
        parts = self._convert(_StoryTable, table, "—")
        units = tuple(department.unit() for department in parts.unit)
        self.units = tuple(unit.unit for unit in units)
        if not units:
            self._fault("unit", "至少要有一个部门", "at least one department is needed")
        if not parts.expect and not any("then" in h or "refused" in h for h in parts.happening):
            self._fault("expect", "没有任何预期，无从核对", "nothing is expected, so nothing can be checked")
        if parts.opens == "never" and not parts.happening:
            self._fault("happening", "既不启动年度也没有任何事项", "the year never opens and nothing happens")
        if parts.stage and not parts.stages:
            zh, en = (
                "写了 [[stage]] 就要写 stages：有哪些步骤，按什么次序",
                "[[stage]] needs stages: which, in which order",
            )
            self._fault("stages", zh, en)
        return Story(
            file=self.file,
            title=parts.title,
            tests=parts.tests,
            rulebook=self._rulebook(parts.rulebook),
            year=parts.year,
            units=units,
            happenings=tuple(
                happening
                for n, h in enumerate(parts.happening, 1)
                for happening in self._happenings(f"happening[{n}]", h)
            ),
            expectations=tuple(self._expectation(f"expect[{n}]", e) for n, e in enumerate(parts.expect, 1)),
            changes=variant.StoryChanges(
                readings=parts.readings,
                scoring=parts.scoring,
                stages=tuple(parts.stages),
                new_stages=tuple(parts.stage),
                new_occasions=tuple(parts.occasion),
            ),
            due=parts.due,
            opens=self._opens(parts.opens),
            outages=tuple((self._date("asleep.from", o.start), self._date("asleep.to", o.end)) for o in parts.asleep),
        )

    def _rulebook(self, name: str | None) -> Path | None:
        """The file of a shipped rulebook with this id, or the file with this path from the folder of the story."""
        if name is None:
            return None
        shipped = shipped_editions()
        path = shipped.get(name) or self.folder / name
        if not path.is_file():
            known = ", ".join(shipped)
            zh = f"没有 {name} 这个文件（路径从情景所在的文件夹算起），也不是随程序提供的办法（{known}）"
            en = f"{name} is no file (from the folder of the story), and no rulebook of the program ({known})"
            self._fault("rulebook", zh, en)
        return path

    def _happenings(self, key: str, table: dict[str, Any]) -> list[Happening]:
        """The happening, once for each department that it names."""
        units = table.get("unit")
        each = [{**table, "unit": unit} for unit in units] if isinstance(units, list) else [table]
        return [self._happening(key, one) for one in each]

    def _happening(self, key: str, table: dict[str, Any]) -> Happening:
        shared, own = self._convert(_SharedKeys, table, key), self._convert(_HappeningKeys, table, key)
        if own.act not in acts.story_acts():
            self._unknown(f"{key}.do", own.act, acts.story_acts())
        if own.refused is not None and own.refused not in REFUSALS:
            self._unknown(f"{key}.refused", own.refused, REFUSALS)
        other_keys = (*_SharedKeys.__struct_fields__, *_HappeningKeys.__struct_encode_fields__)
        fields = dict(self._convert_fields(key, table, acts.fields_of(own.act), other_keys))
        for required in acts.REQUIRED.get(own.act, ()):
            if required not in fields:
                self._fault(f"{key}.{required}", f"办理 {own.act} 必须写 {required}", f"{own.act} needs {required}")
        return Happening(
            key=key,
            on=self._date(f"{key}.on", shared.on),
            act=own.act,
            unit=self._unit(key, shared.unit),
            occasion=shared.occasion,
            role=own.role,
            account=own.account,
            account_unit=own.account_unit,
            refused=own.refused,
            expected=dict(self._convert_fields(f"{key}.then", own.expected, EXPECTATION_TYPES, ())),
            fields=fields,
        )

    def _expectation(self, key: str, table: dict[str, Any]) -> Expectation:
        shared = self._convert(_SharedKeys, table, key)
        expected = dict(self._convert_fields(key, table, EXPECTATION_TYPES, _SharedKeys.__struct_fields__))
        if not expected:
            self._fault(key, "没有写预期什么", "it expects nothing")
        unit = self._unit(key, shared.unit)
        on = None if shared.on is None else self._date(f"{key}.on", shared.on)
        return Expectation(key=key, on=on, unit=unit, occasion=shared.occasion, expected=expected)

    def _date(self, key: str, value: object) -> DayOrMoment:
        if not isinstance(value, date):
            self._fault(key, f"应为日期（如 2026-11-10），而不是 {value}", f"must be a date (2026-11-10), not {value}")
        return value

    def _opens(self, value: object) -> date | str | None:
        if value is None or value == "never":
            return None if value is None else "never"
        return self._date("opens", value)

    def _unit(self, key: str, unit: str) -> str:
        """The department with this id; the first of the story if the id is empty."""
        if unit and unit not in self.units:
            self._unknown(f"{key}.unit", unit, self.units)
        return unit or self.units[0]

    def _convert_fields(
        self, key: str, table: dict[str, Any], types: Mapping[str, Any], skip: tuple[str, ...]
    ) -> Iterator[tuple[str, Any]]:
        """The keys of a table, except those in `skip`, with their values converted to `types`."""
        for name, value in table.items():
            if name in skip:
                continue
            if name not in types:
                self._unknown(f"{key}.{name}", name, types)
            converted = self._convert(types[name], value, f"{key}.{name}")
            for item in converted if name in CLOSED_LISTS and types is EXPECTATION_TYPES else ():
                if item not in CLOSED_LISTS[name]:
                    self._unknown(f"{key}.{name}", item, CLOSED_LISTS[name])
            yield name, converted

    def _convert(self, type_: Any, value: object, key: str) -> Any:
        try:
            return msgspec.convert(value, type_)
        except msgspec.ValidationError as error:
            raise StoryFault(file=self.file, key=key, why=_explain(str(error))) from error

    def _unknown(self, key: str, value: object, allowed: Iterable[str]) -> NoReturn:
        names = ", ".join(allowed)
        self._fault(key, f"不认识 {value}，可用：{names}", f"{value} is not known; known: {names}")

    def _fault(self, key: str, zh: str, en: str) -> NoReturn:
        raise StoryFault(file=self.file, key=key, why=Text(zh=zh, en=en))


_TYPES = {
    "str": "文字（加引号）", "int": "整数", "bool": "true 或 false", "date": "日期", "datetime": "日期时间",
    "decimal": "数字", "object": "表（{…}）", "array": "列表（[…]）", "float": "数字", "null": "空",
}  # fmt: skip


def _explain(message: str) -> Text:
    """A message of msgspec, in both languages."""
    key = re.match(r"(?:Object contains unknown field|Object missing required field) `(\w+)`", message)
    if key:
        unknown = "unknown" in message
        zh = f"没有 {key[1]} 这个键" if unknown else f"缺少 {key[1]}"
        return Text(zh=zh, en=f"there is no key {key[1]}" if unknown else f"{key[1]} is missing")
    if "decimal" in message and "Invalid" in message:
        return Text(zh="应为数字（不加引号）", en="must be a number, without quotes")
    types = re.match(r"Expected `([^`]+)`, got `([^`]+)`(.*)", message)
    if types:
        expected = "或".join(_TYPES.get(t.strip(), t.strip()) for t in types[1].split("|"))
        actual = _TYPES.get(types[2], types[2])
        return Text(zh=f"应为{expected}，而不是{actual}{types[3]}", en=f"must be {types[1]}, not {types[2]}{types[3]}")
    return Text(zh=f"值不合要求（{message}）", en=message)


def _with_reason(zh: str, en: str, error: Exception) -> Text:
    return Text(zh=f"{zh}（{error}）", en=f"{en} ({error})")
