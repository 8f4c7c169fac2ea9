"""A roster file: TOML with one `[[unit]]` per department (docs/operating.md), read into units."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from states.roster import Unit
from states.sentences import Told


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
        raise RosterFault(file=path.name, why=str(error)) from error
    twice = {u.unit for u in found if sum(other.unit == u.unit for other in found) > 1}
    if twice:
        raise RosterFault(
            file=path.name, why=f"部门重复：{'、'.join(sorted(twice))} / units twice: {', '.join(sorted(twice))}"
        )
    return found
