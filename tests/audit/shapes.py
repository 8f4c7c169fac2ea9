"""Makes the lists of the kinds of facts in docs/ledger-format.md and in `verify.py` from the classes of the facts.

`python -m tests.audit.shapes` (`make kinds`) writes them. `tests/test_house.py` checks that they are up to date.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from audit.rules.fact_kinds import FACT_KINDS
from states.acts import FACTS
from states.vocabulary import Digest, Opaque, Words

_PLAIN: dict[Any, str] = {
    Opaque: "id", Digest: "digest", Words: "text", str: "string", int: "int", bool: "bool", Decimal: "points",
    date: "day", datetime: "time",
}  # fmt: skip


@cache
def block() -> str:
    """One line for each kind of fact and each record within one, in order."""
    records: dict[str, type[Struct]] = {}
    kinds = [
        f"{FACT_KINDS[name].stream_kind} {name} {_fields(fact, records, getattr(fact, 'dated', ''))}".rstrip()
        for name, fact in sorted(FACTS.items())
    ]
    done: dict[str, str] = {}
    while more := [name for name in records if name not in done]:
        for name in more:
            done[name] = f"- {name} {_fields(records[name], records)}"
    return "\n".join([*kinds, *(done[name] for name in sorted(done))]) + "\n"


def _fields(struct: type[Struct], records: dict[str, type[Struct]], dated: str = "") -> str:
    hints = get_type_hints(struct)
    rows = sorted((one.encode_name, _type_name(hints[one.name], records), one.name == dated) for one in fields(struct))
    return " ".join(f"{name}:{type_}{'*' if day else ''}" for name, type_, day in rows)


def _type_name(hint: Any, records: dict[str, type[Struct]]) -> str:
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        (one,) = [_type_name(arg, records) for arg in arguments if arg is not NoneType]
        return f"{one}?"
    if origin is Literal:
        return "|".join(arguments)
    if origin is tuple:
        return f"[{_type_name(arguments[0], records)}]"
    if origin is dict:
        return f"{{{_type_name(arguments[1], records)}}}"
    records[hint.__name__] = hint
    return str(hint.__name__)


PLACES = {
    "docs/ledger-format.md": ("### The fields of each kind", "```text\n", "```\n"),
    "audit/bundle/verify.py": ("", 'KINDS = """\n', '"""\n'),
}
"""The place of the lines in each file: the heading before them, the text directly before them, and the text after."""


def lines_in_file(text: str, path: str) -> str:
    """The lines that are now in a file with this text."""
    after, begins, ends = PLACES[path]
    return (
        text.partition(after)[2].partition(begins)[2].partition(ends)[0]
        if after
        else text.partition(begins)[2].partition(ends)[0]
    )


def main() -> None:
    """Write the lines into both files."""
    house = Path(__file__).parents[2]
    for path in PLACES:
        text = (house / path).read_text("utf-8")
        (house / path).write_text(text.replace(lines_in_file(text, path), block()), "utf-8")


if __name__ == "__main__":
    main()
