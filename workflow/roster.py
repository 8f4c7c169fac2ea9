"""A roster file: TOML with one `[[unit]]` per department (docs/operating.md), read into units."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from states.roster import Unit
from states.sentences import Told
from states.vocabulary import Text


class RosterFault(Told):
    """The roster file cannot be used as it is."""

    zh = "名册 {file} 不能使用：{why}。请更正后重试；格式见 docs/operating.md。"
    en = "Roster {file} cannot be used: {why}. Correct it and try again; docs/operating.md has the format."


class _File(msgspec.Struct, forbid_unknown_fields=True):
    unit: tuple[Unit, ...]


def read(path: Path) -> tuple[Unit, ...]:
    """The units of a roster file. Raises `RosterFault` naming file, place and fault; checks no rule."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File).unit
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RosterFault(file=path.name, why=_why(error)) from error
    twice = {u.unit for u in found if sum(other.unit == u.unit for other in found) > 1}
    if twice:
        raise RosterFault(
            file=path.name, why=f"部门重复：{'、'.join(sorted(twice))} / units twice: {', '.join(sorted(twice))}"
        )
    return found


def _why(error: Exception) -> Text:
    """What is wrong, without the system's own words in the Chinese of it."""
    said = str(error)
    if isinstance(error, FileNotFoundError):
        return Text(zh="没有这个文件", en="there is no such file")
    if isinstance(error, OSError):
        return Text(zh="文件无法读取", en="the file cannot be read")
    if isinstance(error, UnicodeDecodeError):
        return Text(zh="不是 UTF-8 文本", en="it is not UTF-8 text")
    if isinstance(error, tomllib.TOMLDecodeError):
        place = re.search(r"line (\d+), column (\d+)", said)
        where = f"第 {place[1]} 行第 {place[2]} 列" if place else "文件末尾"
        return Text(zh=f"{where}不合 TOML 语法", en=f"it is not TOML: {said}")
    place = re.search(r"`\$\.?(.*)`$", said)
    where = f"{place[1]} 处" if place and place[1] else ""
    return Text(zh=where + _fault(said), en=said)


def _fault(said: str) -> str:
    """What msgspec says of a value, in Chinese."""
    for english, chinese in (
        (r"missing required field `(.+?)`", "缺少 {}"),
        (r"unknown field `(.+?)`", "不认识 {}"),
        (r"^Expected `(.+?)`", "类型应为 {}"),
    ):
        found = re.search(english, said)
        if found:
            return chinese.format(found[1])
    return "内容不合格式"
