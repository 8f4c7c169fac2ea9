"""Reads a roster file: TOML with one `[[unit]]` table for each department (docs/operating.md).

Nothing is stored. Not here: the registration of the departments (`workflow/year.py`).
"""

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


class _RosterFile(msgspec.Struct, forbid_unknown_fields=True):
    """The content of a roster file, before each department is read."""

    unit: tuple[dict[str, Any], ...]


class RosterFault(UserError):
    """The roster file cannot be used. `faults` has every fault with its place in the file."""

    zh = "名册 {file} 不能使用：{why}。请更正后重试；格式见 docs/operating.md。"
    en = "Roster {file} cannot be used: {why}. Correct it and try again; docs/operating.md has the format."

    def __init__(self, file: str, faults: Sequence[Text]) -> None:
        self.faults = tuple(faults)
        reasons = Text(zh="；".join(f.zh for f in faults), en="; ".join(f.en for f in faults))
        super().__init__(file=file, why=reasons)


def read(path: Path) -> tuple[Unit, ...]:
    """The departments of a roster file. No rule of the measure is checked.

    Raises `RosterFault` with every fault and its place in the file.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RosterFault(path.name, [_file_fault(error)]) from error
    return parse(text(raw, path.name), path.name)


def text(raw: bytes, file_name: str) -> str:
    """The text of a roster file in any encoding that `config/texts.py` reads. Raises `RosterFault`."""
    try:
        return toml_of(raw, file_name)
    except UnreadableText as error:
        raise RosterFault(file_name, [error.why]) from error


def parse(source: str, file_name: str) -> tuple[Unit, ...]:
    """The departments of a roster in TOML; `file_name` is the name of the file in faults. Raises `RosterFault`."""
    try:
        tables = msgspec.convert(tomllib.loads(source), _RosterFile).unit
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RosterFault(file_name, [_file_fault(error)]) from error
    lines = places(source)
    units, faults = [], []
    for index, table in enumerate(tables):
        reasons = _convert_quoted_values(table)
        faults += [_unclear_value(lines, index, key, reason) for key, reason in reasons.items()]
        if reasons:
            continue
        try:
            units.append(msgspec.convert(table, Unit))
        except msgspec.ValidationError as error:
            faults.append(_invalid_value(lines, index, str(error)))
    for unit, count in Counter(u.unit for u in units).items():
        if count > 1:
            faults.append(Text(zh=f"部门重复：{unit}", en=f"departments twice: {unit}"))
    if faults:
        raise RosterFault(file_name, faults)
    return tuple(units)


def _convert_quoted_values(table: dict[str, Any]) -> dict[str, Text]:
    """Convert `staff` and `since` of a department in place, as `config/typed.py` converts what people type into forms.

    Only values in quotes are converted. Returns, by key, the reason why a value is unclear.
    """
    reasons = {}
    for key, convert in (("staff", typed.whole_number), ("since", typed.day)):
        if isinstance(table.get(key), str):
            try:
                table[key] = convert(table[key])
            except typed.Unclear as error:
                reasons[key] = error.why
    return reasons


def places(source: str) -> list[int]:
    """The number of the line on which each department begins, counted from 1. Empty if no `[[unit]]` is found."""
    return [number for number, line in enumerate(source.splitlines(), 1) if re.match(r"\s*\[\[\s*unit\s*\]\]", line)]


def _invalid_value(lines: list[int], index: int, message: str) -> Text:
    """A fault that msgspec found in one department, with the line on which the department begins."""
    path = re.search(r" - at `\$(.*)`$", message)
    key = f"unit[{index}]{path[1] if path else ''}"
    place = _place_of(lines, index)
    return Text(
        zh=f"{place.zh}{key} 处{_in_chinese(message)}", en=f"{place.en}{key}: {re.sub(' - at .*', '', message)}"
    )


def _unclear_value(lines: list[int], index: int, key: str, reason: Text) -> Text:
    """A fault for a value that can mean several things, with the line on which its department begins."""
    place = _place_of(lines, index)
    return Text(zh=f"{place.zh}unit[{index}].{key} 处{reason.zh}", en=f"{place.en}unit[{index}].{key}: {reason.en}")


def _place_of(lines: list[int], index: int) -> Text:
    """The line on which the department with this index begins, as part of a sentence. Empty if it is not known."""
    if index >= len(lines):
        return Text(zh="", en="")
    return Text(zh=f"第 {lines[index]} 行起的 ", en=f"from line {lines[index]}, ")


def _file_fault(error: Exception) -> Text:
    """The reason why a file cannot be read. The Chinese sentence does not quote the English error message."""
    message = str(error)
    if isinstance(error, FileNotFoundError):
        return Text(zh="没有这个文件", en="there is no such file")
    if isinstance(error, OSError):
        return Text(zh="文件无法读取", en="the file cannot be read")
    if isinstance(error, UnicodeDecodeError):
        return Text(zh="不是 UTF-8 文本", en="it is not UTF-8 text")
    if isinstance(error, tomllib.TOMLDecodeError):
        position = re.search(r"line (\d+), column (\d+)", message)
        zh_place = f"第 {position[1]} 行第 {position[2]} 列" if position else "文件末尾"
        return Text(zh=f"{zh_place}不合 TOML 语法", en=f"it is not TOML: {message}")
    path = re.search(r"`\$\.?(.*)`$", message)
    zh_place = f"{path[1]} 处" if path and path[1] else ""
    return Text(zh=zh_place + _in_chinese(message), en=message)


def _in_chinese(message: str) -> str:
    """A message of msgspec about a value, translated into Chinese."""
    for english, chinese in (
        (r"missing required field `(.+?)`", "缺少 {}"),
        (r"unknown field `(.+?)`", "不认识 {}"),
        (r"^Expected `(.+?)`", "类型应为 {}"),
    ):
        match = re.search(english, message)
        if match:
            return chinese.format(match[1])
    return "内容不合格式"
