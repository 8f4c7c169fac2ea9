"""The tasks of the shipped measure in rows, until its file has them."""

from __future__ import annotations

from typing import Any


def task(consequence: dict[str, Any]) -> dict[str, Any]:
    """A consequence of the old format as a task. It is due also on a day that is no working day."""
    same = ("key", "title", "clause", "by", "special", "persons", "due_source", "reminders")
    return {
        **{key: consequence[key] for key in same if key in consequence},
        "when": [{"of": "grade", "is": consequence["grades"]}],
        "due": {"days": consequence["due_after"], "roll": "stay"},
    }
