"""Reads a roster file: TOML with one `[[unit]]` for each department (docs/operating.md)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from config import typed
from config.texts import UnreadableText, toml_of
from states.records.roster import Unit
from states.user_errors import UserError
from states.vocabulary import Text


class _File(msgspec.Struct, forbid_unknown_fields=True):
    unit: tuple[dict[str, Any], ...]


class RosterFault(UserError):
    """The roster file cannot be used. `faults` has every fault with its place."""

    zh = "名册 {file} 不能使用：{why}。请更正后重试；格式见 docs/operating.md。"
    en = "Roster {file} cannot be used: {why}. Correct it and try again; docs/operating.md has the format."

    def __init__(self, file: str, faults: Sequence[Text]) -> None:
        self.faults = tuple(faults)
        why = Text(zh="；".join(f.zh for f in faults), en="; ".join(f.en for f in faults))
        super().__init__(file=file, why=why)


def read(path: Path) -> tuple[Unit, ...]:
    """The departments of a roster file.

    Raises `RosterFault` with every fault and its place. Checks no rule of the measure.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RosterFault(path.name, [_why(error)]) from error
    return parse(text(raw, path.name), path.name)


def text(raw: bytes, name: str) -> str:
    """The text of a roster file, whatever program saved it. Raises `RosterFault`."""
    try:
        return toml_of(raw, name)
    except UnreadableText as error:
        raise RosterFault(name, [error.why]) from error


def parse(source: str, name: str) -> tuple[Unit, ...]:
    """The departments of a roster in TOML; `name` is the file's name in faults. Raises `RosterFault`."""
    try:
        tables = msgspec.convert(tomllib.loads(source), _File).unit
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RosterFault(name, [_why(error)]) from error
    lines = places(source)
    units, faults = [], []
    for at, table in enumerate(tables):
        unclear = _read_as_typed(table)
        faults += [_unclear_value(lines, at, key, why) for key, why in unclear.items()]
        if unclear:
            continue
        try:
            units.append(msgspec.convert(table, Unit))
        except msgspec.ValidationError as error:
            faults.append(_invalid_value(lines, at, str(error)))
    for unit, times in Counter(u.unit for u in units).items():
        if times > 1:
            faults.append(Text(zh=f"部门重复：{unit}", en=f"departments twice: {unit}"))
    if faults:
        raise RosterFault(name, faults)
    return tuple(units)


def _read_as_typed(table: dict[str, Any]) -> dict[str, Text]:
    """Read a department's number and day as a form does, if they are in quotation marks. Returns why not, by key."""
    unclear = {}
    for key, read in (("staff", typed.whole), ("since", typed.day)):
        if isinstance(table.get(key), str):
            try:
                table[key] = read(table[key])
            except typed.Unclear as error:
                unclear[key] = error.why
    return unclear


def places(source: str) -> list[int]:
    """The line on which each department begins, from 1; empty if they are not written as `[[unit]]`."""
    return [n for n, line in enumerate(source.splitlines(), 1) if re.match(r"\s*\[\[\s*unit\s*\]\]", line)]


def _invalid_value(lines: list[int], unit: int, message: str) -> Text:
    """A fault that msgspec found in one department, with the line on which the department begins."""
    place = re.search(r" - at `\$(.*)`$", message)
    where = f"unit[{unit}]{place[1] if place else ''}"
    line = _line_of(lines, unit)
    return Text(
        zh=f"{line.zh}{where} 处{_in_chinese(message)}", en=f"{line.en}{where}: {re.sub(' - at .*', '', message)}"
    )


def _unclear_value(lines: list[int], unit: int, key: str, why: Text) -> Text:
    """A value that can mean several things, with the line on which its department begins."""
    line = _line_of(lines, unit)
    return Text(zh=f"{line.zh}unit[{unit}].{key} 处{why.zh}", en=f"{line.en}unit[{unit}].{key}: {why.en}")


def _line_of(lines: list[int], unit: int) -> Text:
    if unit >= len(lines):
        return Text(zh="", en="")
    return Text(zh=f"第 {lines[unit]} 行起的 ", en=f"from line {lines[unit]}, ")


def _why(error: Exception) -> Text:
    """Why a file cannot be read. The Chinese sentence has none of the system's own English words."""
    message = str(error)
    if isinstance(error, FileNotFoundError):
        return Text(zh="没有这个文件", en="there is no such file")
    if isinstance(error, OSError):
        return Text(zh="文件无法读取", en="the file cannot be read")
    if isinstance(error, UnicodeDecodeError):
        return Text(zh="不是 UTF-8 文本", en="it is not UTF-8 text")
    if isinstance(error, tomllib.TOMLDecodeError):
        place = re.search(r"line (\d+), column (\d+)", message)
        where = f"第 {place[1]} 行第 {place[2]} 列" if place else "文件末尾"
        return Text(zh=f"{where}不合 TOML 语法", en=f"it is not TOML: {message}")
    place = re.search(r"`\$\.?(.*)`$", message)
    where = f"{place[1]} 处" if place and place[1] else ""
    return Text(zh=where + _in_chinese(message), en=message)


def _in_chinese(message: str) -> str:
    """A message of msgspec about a value, in Chinese."""
    for english, chinese in (
        (r"missing required field `(.+?)`", "缺少 {}"),
        (r"unknown field `(.+?)`", "不认识 {}"),
        (r"^Expected `(.+?)`", "类型应为 {}"),
    ):
        match = re.search(english, message)
        if match:
            return chinese.format(match[1])
    return "内容不合格式"
