"""A variant of a rulebook for one story: the same text with some other values, under its own id.

The text is changed and parsed again, so a variant is checked and gets a digest like any edition. Only readings, values
of scoring, and the optional publicity stage can be changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from config.rulebooks import Edition, parse_edition
from states.user_errors import UserError

Value = str | int | Decimal


class NoSuchRulebookKey(UserError):
    """The rulebook has no value with this key."""

    zh = "办法中没有 {key} 可供更改"
    en = "the rulebook has no {key} to change"


class StoryChanges(Struct, frozen=True, kw_only=True):
    """The changes of a story to the rulebook: readings of ambiguities, rules of scoring, and a deadline for 公示."""

    readings: Mapping[str, Value] = {}
    scoring: Mapping[str, Value] = {}
    publicity: date | None = None

    @property
    def any(self) -> bool:
        """Whether there is any change."""
        return bool(self.readings or self.scoring or self.publicity)


def variant_of(base: Edition, changes: StoryChanges, name: str) -> Edition:
    """`base` with the changes. Raises `NoSuchRulebookKey`, or `RulebookFault` if the changed text is not a rulebook."""
    id_ = f"{base.rulebook.id}-variant"
    text = _set(base.source, "", "id", id_)
    for reading, value in changes.readings.items():
        text = _set(text, "[reading", "value", value, named=reading)
    for key, value in changes.scoring.items():
        text = _set(text, "scoring", key, value)
    if changes.publicity is not None:
        text = _with_publicity(text, changes.publicity)
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


def _with_publicity(text: str, due: date) -> str:
    """The text with the stage 公示 before the approval (F18). Raises `NoSuchRulebookKey` if it has no approval."""
    approval = '[[stage]]\nkind = "approval"'
    if approval not in text:
        raise NoSuchRulebookKey(key="stage.approval")
    return text.replace(approval, _PUBLICITY.format(due=due.strftime("%m-%d")) + approval, 1)


_PUBLICITY = """[[stage]]
kind = "publicity"
title.zh = "公示"
title.en = "Publicity"
clause = "第八条（二）"
by = ["office"]
due = "{due}"
due_source = "ours"
roll = "back"
[stage.reminders]
before = [1]
on_the_day = true
overdue = [1]
escalate = []

"""
