"""A variant of a rulebook for one story: the same text with some other values, under its own id.

The text is changed and parsed again, so a variant is checked and gets a digest like any edition. Only readings, values
of scoring, and the stages can be changed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from config.rulebooks import Edition, parse_edition
from states.user_errors import UserError

Value = str | int | Decimal


class NoSuchRulebookKey(UserError):
    """The rulebook has no value with this key."""

    zh = "办法中没有 {key} 可供更改"
    en = "the rulebook has no {key} to change"


class StoryChanges(Struct, frozen=True, kw_only=True):
    """The changes of a story to the rulebook: readings of ambiguities, rules of scoring, and the stages.

    `stages` has the keys of the stages in their order; empty: those of the rulebook. `new_stages` and `new_occasions`
    are as a rulebook has them. A stage with the key of a stage of the rulebook takes its place.
    """

    readings: Mapping[str, Value] = {}
    scoring: Mapping[str, Value] = {}
    stages: tuple[str, ...] = ()
    new_stages: tuple[Mapping[str, Any], ...] = ()
    new_occasions: tuple[Mapping[str, Any], ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is any change."""
        return bool(self.readings or self.scoring or self.stages or self.new_occasions)


def variant_of(base: Edition, changes: StoryChanges, name: str) -> Edition:
    """`base` with the changes. Raises `NoSuchRulebookKey`, or `RulebookFault` if the changed text is not a rulebook."""
    id_ = f"{base.rulebook.id}-variant"
    text = _set(base.source, "", "id", id_)
    for reading, value in changes.readings.items():
        text = _set(text, "[reading", "value", value, named=reading)
    for key, value in changes.scoring.items():
        text = _set(text, "scoring", key, value)
    if changes.stages:
        text = _with_stages(text, changes.stages, changes.new_stages)
    text += "".join("\n" + _block_of("occasion", occasion) for occasion in changes.new_occasions)
    return parse_edition(text.encode(), f"{name} ({id_})")


def _set(text: str, table: str, key: str, value: Value, *, named: str = "") -> str:
    """The text with `key` in `[table]` set to `value`; an empty `table` is the part before the first table.

    `[table` with one bracket is a table of an array; then `named` is the `key` that the table itself has before it.
    Raises `NoSuchRulebookKey`.
    """
    lines, current_table, current_name = text.splitlines(keepends=True), "", ""
    for index, line in enumerate(lines):
        header = re.match(r"\s*(\[+)([^\]]+)\]", line)
        if header:
            # The name of an array of tables (`[[stage]]`) gets a bracket, so that it equals no table.
            current_table, current_name = header[2].strip() if header[1] == "[" else "[" + header[2], ""
        elif name := re.match(r'\s*key\s*=\s*"([^"]*)"', line):
            current_name = name[1]
        elif (current_table, current_name) == (table, named) and re.match(rf"\s*{re.escape(key)}\s*=", line):
            lines[index] = f"{key} = {json.dumps(value) if isinstance(value, str) else value}\n"
            return "".join(lines)
    raise NoSuchRulebookKey(key=".".join(filter(None, (table.lstrip("["), named, key))))


_STAGE = re.compile(r"^\[\[stage\]\]\n(?:(?!\[\[)(?!\[(?!stage\.)).*\n)*", re.MULTILINE)
"""A `[[stage]]` of a rulebook: the lines up to the next table that is not part of it."""


def _with_stages(text: str, order: tuple[str, ...], new_stages: tuple[Mapping[str, Any], ...]) -> str:
    """The text with these stages, in this order. Raises `NoSuchRulebookKey` for a key without a stage."""
    blocks = {_key_of(tomllib.loads(block)["stage"][0]): block for block in _STAGE.findall(text)}
    blocks.update((_key_of(stage), _block_of("stage", stage)) for stage in new_stages)
    for key in order:
        if key not in blocks:
            raise NoSuchRulebookKey(key=f"stage.{key}")
    first = _STAGE.search(text)
    start = first.start() if first else len(text)
    return text[:start] + "".join(blocks[key] for key in order) + _STAGE.sub("", text[start:])


def _key_of(stage: Mapping[str, Any]) -> str:
    return str(stage.get("key") or stage.get("kind"))


def _block_of(table: str, values: Mapping[str, Any]) -> str:
    return f"[[{table}]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items()) + "\n"


def _toml(value: Any) -> str:
    """A value of a stage as TOML writes it in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(part)}" for key, part in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)
