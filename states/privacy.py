"""Refuses facts, commands, ids and stream names with content that may never be in an entry.

An id may have only a-z, 0-9, `.`, `_` and `-`, at most 64 characters, and no number of personal data. A digest has 64
hexadecimal digits. Free text must have no phone, identity or bank card number and no e-mail address
(`personal_data.py`). A program cannot recognise a *name* in a reason; the forms ask people not to write one.

Only fields of the types `Opaque`, `Digest` and `Words` are checked, also inside structs, tuples and dict values. The
keys of a dict and plain strings are not: the check of the act compares them with the rulebook or the state.
"""

# An entry cannot be taken back: that would break the hash chain and the seals. So the core, and not the forms, checks
# every fact before it is written, and the replay checks it again.

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from .guards import FaultCollector
from .personal_data import has_mobile, personal_data_in
from .refusals import Malformed, Personal
from .streams import Stream, is_well_formed
from .titles import path_title
from .vocabulary import Actor, Digest, Opaque, Text, Words

CLAUSE = Text(zh="台账格式·不得写入的内容", en="the ledger's format: what may never be in an entry")
MAX_TEXT_LENGTH = 500
"""The maximum length of a text in an entry, in characters."""
MAX_ID_LENGTH = 64
"""The maximum length of an id, in characters."""
_OPAQUE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_ELEVEN_DIGITS = re.compile(r"\d(?:-?\d){10}")
_MIN_PHONE_LENGTH = 11
_NUMBER = re.compile(r"[0-9-]+[Xx]?\Z")
_ROLE = re.compile(r"[a-z][a-z_]{0,31}\Z")
_COMMAND_ID = re.compile(r"(web|api|cli|clock|program)/[a-z0-9][a-z0-9._-]{0,63}/[A-Za-z0-9][A-Za-z0-9._:/@-]{0,299}\Z")


FieldPath = Text | str | tuple[str | int, "FieldPath | None"]
"""How a refusal names a value: by a title, or by the fields that lead to it, the innermost first.

A path is a chain of pairs (field, path of its parent). It becomes a title only if there is a refusal, because a replay
checks every entry.
"""

ValueCheck = Callable[[Any, FieldPath], None]
"""Refuses a value with content that may never be in an entry; the path names the value in the refusal."""

# There are two walks over the fields. `_field_checks` needs only the class, is made once for each class, and is fast: a
# replay calls `check` for every entry. `_restricted_values` needs the values, and gives every fault its own path.


def check(record: Struct) -> None:
    """Refuse a fact or a command with content that may never be in an entry.

    It raises only the first fault. `check_each` finds all of them.
    """
    for name, check_value in _field_checks(record.__class__):
        check_value(getattr(record, name), (name, None))


def check_each(record: Struct, faults: FaultCollector) -> None:
    """As `check`, but add every fault to `faults`, each at its path."""
    for path, check_value, value in _restricted_values(record, None):
        with faults.at(".".join(map(str, _flat_path(path)))):
            check_value(value, path)


def _restricted_values(record: Struct, parent: FieldPath | None) -> Iterator[tuple[FieldPath, ValueCheck, Any]]:
    """Every restricted string in a struct (its type is in `_RESTRICTED_TYPES`), with its path and its check."""
    for name, hint in get_type_hints(record.__class__).items():
        if name in record.__struct_fields__:
            yield from _values_in(getattr(record, name), hint, (name, parent))


def _values_in(value: Any, hint: Any, path: FieldPath) -> Iterator[tuple[FieldPath, ValueCheck, Any]]:
    """Every restricted string in a value whose declared type is `hint`, with its path and its check.

    The value is a string, a struct, or a tuple or dict of them.
    """
    if value is None:
        return
    if hint in _RESTRICTED_TYPES:
        yield path, _RESTRICTED_TYPES[hint], value
    elif isinstance(value, Struct):
        yield from _restricted_values(value, path)
    else:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
        item_hints = [argument for argument in get_args(hint) if argument is not type(None)]
        for key, item in items:
            yield from _values_in(item, item_hints[-1] if isinstance(value, dict) else item_hints[0], (key, path))
        if not isinstance(value, dict | tuple) and len(item_hints) == 1:
            yield from _values_in(value, item_hints[0], path)


@lru_cache(maxsize=4096)
def check_stream(stream: str) -> None:
    """Refuse a name of a stream of a wrong form, or with a part that is not an opaque id.

    A refused attempt is recorded with the name of its stream. So the name must be harmless even if the stream does not
    exist.
    """
    if not is_well_formed(stream):
        raise Malformed(
            what=Text(zh="台账流", en="stream"),
            why=Text(zh="编号格式不对", en="its name has the wrong form"),
            clause=CLAUSE,
        )
    for part in Stream.parse(stream).path:
        check_id(part, Text(zh="台账流", en="stream"))


def check_metadata(stream: str, actor: Actor, command_id: str) -> None:
    """Check the name of a stream, an actor and a command id. Every entry contains all three."""
    check_stream(stream)
    check_actor(actor)
    check_command_id(command_id)


def check_command_id(command_id: str) -> None:
    """Refuse a command id of a wrong form, or with a mobile phone number in it.

    It does not check whether this actor may use the id: `command_ids.check` does.
    """
    if not _COMMAND_ID.match(command_id) or has_mobile(command_id):
        why = Text(zh="编号格式不对", en="it has the wrong form")
        raise Malformed(what=Text(zh="提交编号", en="command id"), why=why, clause=CLAUSE)


@lru_cache(maxsize=4096)
def check_actor(actor: Actor) -> None:
    """Refuse an actor whose account or department is not an opaque id, or whose role has the wrong form."""
    for account in actor.accounts:
        check_id(account, Text(zh="经办账号", en="account"))
    for unit in actor.units:
        if unit is not None:
            check_id(unit, Text(zh="所在部门", en="department"))
    if not _ROLE.match(actor.role):
        raise Malformed(
            what=Text(zh="角色", en="role"), why=Text(zh="编号格式不对", en="it has the wrong form"), clause=CLAUSE
        )


@cache
def _field_checks(kind: type[Any]) -> tuple[tuple[str, ValueCheck], ...]:
    """The fields of a struct that are, or can contain, a string of a restricted type, each with its check."""
    hints = get_type_hints(kind)
    checks = ((name, _check_for(hints[name])) for name in kind.__struct_fields__)
    return tuple((name, check_value) for name, check_value in checks if check_value is not None)


def _check_for(hint: Any) -> ValueCheck | None:
    """The check for a value of this type; None if it cannot contain a string of a restricted type."""
    if hint in _RESTRICTED_TYPES:
        return _RESTRICTED_TYPES[hint]
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _struct_check(_field_checks(hint)) if _field_checks(hint) else None
    checks = [check_value for check_value in map(_check_for, get_args(hint)) if check_value is not None]
    if not checks:
        return None
    (check_value,) = checks  # `X | None`, `tuple[X, ...]` and `dict[str, X]` have one type to check
    collection_checks = {tuple: _items_check(check_value), dict: _dict_values_check(check_value)}
    return collection_checks.get(get_origin(hint), _optional_check(check_value))


def _struct_check(checks: tuple[tuple[str, ValueCheck], ...]) -> ValueCheck:
    def check_fields(value: Any, path: FieldPath) -> None:
        for name, check_value in checks:
            check_value(getattr(value, name), (name, path))

    return check_fields


def _items_check(check_value: ValueCheck) -> ValueCheck:
    def check_items(values: Any, path: FieldPath) -> None:
        for index, value in enumerate(values):
            check_value(value, (index, path))

    return check_items


def _dict_values_check(check_value: ValueCheck) -> ValueCheck:
    def check_values(values: Any, path: FieldPath) -> None:
        for key, value in values.items():
            check_value(value, (key, path))

    return check_values


def _optional_check(check_value: ValueCheck) -> ValueCheck:
    def check_present(value: Any, path: FieldPath) -> None:
        if value is not None:
            check_value(value, path)

    return check_present


def _refusal_title(path: FieldPath) -> Text | str:
    return path_title(_flat_path(path)) if isinstance(path, tuple) else path


def _flat_path(path: FieldPath | None) -> tuple[str | int, ...]:
    """The fields and list positions that lead to a value, the outermost first."""
    return (*_flat_path(path[1]), path[0]) if isinstance(path, tuple) else ()


def check_id(value: str, path: FieldPath) -> None:
    """Refuse an id of a wrong form (`Malformed`), or with a phone, identity or bank card number in it (`Personal`)."""
    if not _OPAQUE.match(value):
        why = Text(
            zh="只能用小写字母、数字和 . _ -，不能用姓名",
            en="only lower-case letters, digits and . _ - are allowed, not a name",
        )
        raise Malformed(what=_refusal_title(path), why=why, clause=CLAUSE)
    if len(value) < _MIN_PHONE_LENGTH or not _ELEVEN_DIGITS.search(value):
        return
    # A random id may have eleven digits in a row by chance. So only parts that consist of a number alone are checked.
    for part in (value, *re.split(r"[._-]", value)):
        data_kind = personal_data_in(part) if _NUMBER.fullmatch(part) else None
        if data_kind is not None:
            raise Personal(what=_refusal_title(path), why=data_kind, clause=CLAUSE)


def _check_digest(value: str, path: FieldPath) -> None:
    if not _DIGEST.match(value):
        why = Text(zh="应为 SHA-256（64 位小写十六进制）", en="it must be a SHA-256 in lower-case hexadecimal")
        raise Malformed(what=_refusal_title(path), why=why, clause=CLAUSE)


def _check_words(value: str, path: FieldPath) -> None:
    """Refuse a text that is empty, too long or not printable, or that has personal data in it."""
    if not value.strip() or len(value) > MAX_TEXT_LENGTH:
        raise Malformed(
            what=_refusal_title(path),
            why=Text(zh=f"应为 1 至 {MAX_TEXT_LENGTH} 字", en=f"it must be 1 to {MAX_TEXT_LENGTH} characters"),
            clause=CLAUSE,
        )
    if _INVISIBLE.search(value):
        raise Malformed(
            what=_refusal_title(path),
            why=Text(zh="含有不可显示的字符", en="it has characters that cannot be displayed"),
            clause=CLAUSE,
        )
    if (data_kind := personal_data_in(value)) is not None:
        raise Personal(what=_refusal_title(path), why=data_kind, clause=CLAUSE)


_RESTRICTED_TYPES: Mapping[Any, ValueCheck] = {Opaque: check_id, Digest: _check_digest, Words: _check_words}
"""The string types with restricted content (`vocabulary.py`), each with its check."""
