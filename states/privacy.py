"""What may never be in an entry, held from the first one: it cannot be taken back.

Ids are opaque by form, digests are digests, and no free text carries a phone or an identity number. That a
*name* is not written into a reason cannot be seen by a machine: the forms say so to whoever writes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from .refusals import Malformed, Personal
from .vocabulary import Actor, Digest, Opaque, Words

CLAUSE = "docs/ledger-format.md"
_OPAQUE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{6}[- ]?\d{8}[- ]?\d{3}[\dXx](?!\d)")
_MANY_DIGITS = re.compile(r"\d(?:-?\d){10}")
_ROLE = re.compile(r"[a-z][a-z_]{0,31}\Z")
_COMMAND_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}\Z")
_STREAMS = {"assessment": r"\d{4}/[^/]+(/[^/]+)?", "case": r"[^/]+", "year": r"\d{4}"}


def check(fact: Struct) -> None:
    """Refuse a fact that says more than an entry may."""
    for where, kind, value in _marked(fact, ""):
        if kind is Words:
            _words(where, value)
        elif kind is Opaque:
            _opaque(where, value)
        elif not _DIGEST.match(value):
            why = "应为 SHA-256（64 位小写十六进制） / must be a SHA-256 in lower-case hexadecimal"
            raise Malformed(what=where, why=why, clause=CLAUSE)


@lru_cache(maxsize=4096)
def check_stream(stream: str) -> None:
    """Refuse to name a stream by more than a year and opaque ids: a refused attempt is recorded under its name."""
    if stream in ("roster", "access"):
        return
    room, _, rest = stream.partition("/")
    if room not in _STREAMS or not re.fullmatch(_STREAMS[room], rest):
        raise Malformed(what="台账流 / stream", why="编号格式不对 / its name is not of the form", clause=CLAUSE)
    for part in rest.split("/"):
        _opaque("台账流 / stream", part)


def check_asked(stream: str, actor: Actor, command_id: str) -> None:
    """Refuse a stream, an actor or a command id that says more than an entry may: an entry names all three."""
    check_stream(stream)
    _opaque("经办账号 / account", actor.id)
    if actor.unit is not None:
        _opaque("所在部门 / unit", actor.unit)
    if not _ROLE.match(actor.role) or not _COMMAND_ID.match(command_id) or _PHONE.search(command_id):
        why = "编号格式不对 / it is not of the form"
        raise Malformed(what="角色或提交编号 / role or command id", why=why, clause=CLAUSE)


def _opaque(where: str, value: str) -> None:
    if not _OPAQUE.match(value):
        why = "只能用小写字母、数字和 . _ -，不能用姓名 / only a-z, 0-9, . _ -; never a name"
        raise Malformed(what=where, why=why, clause=CLAUSE)
    if not _MANY_DIGITS.search(value):
        return
    # A random id may hold eleven digits in a row by chance; none of its parts is a number somebody answers to.
    for part in (value, *re.split(r"[._-]", value)):
        if _PHONE.fullmatch(part) or _IDENTITY.fullmatch(part):
            raise Personal(what=where, why="电话号码或身份证号 / a phone or identity number", clause=CLAUSE)


def _words(where: str, value: str) -> None:
    if not value.strip() or len(value) > 500:
        raise Malformed(what=where, why="应为 1 至 500 字 / must be 1 to 500 characters", clause=CLAUSE)
    if any((ord(c) < 0x20 and c not in "\n\t") or 0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise Malformed(what=where, why="含有不可显示的字符 / has characters that cannot be shown", clause=CLAUSE)
    plain = unicodedata.normalize("NFKC", value)  # 全角数字 are digits too
    for pattern, what in ((_PHONE, "电话号码 / a phone number"), (_IDENTITY, "身份证号 / an identity number")):
        if pattern.search(plain):
            raise Personal(what=where, why=what, clause=CLAUSE)


def _marked(value: Any, where: str) -> Iterator[tuple[str, object, str]]:
    """Every string under `value` whose type says what it is: (where, Opaque | Digest | Words, the string)."""
    for name, hint in _hints(value.__class__).items():
        yield from _walk(getattr(value, name), hint, f"{where}.{name}" if where else name)


def _walk(value: Any, hint: Any, where: str) -> Iterator[tuple[str, object, str]]:
    if value is None:
        return
    if hint in (Opaque, Digest, Words):
        yield where, hint, value
    elif isinstance(value, Struct):
        yield from _marked(value, where)
    elif isinstance(value, tuple):
        for item in value:
            yield from _walk(item, get_args(hint)[0], where)
    elif isinstance(value, dict):
        if isinstance(next(iter(value.values()), None), Struct):
            for key, item in value.items():
                yield from _walk(item, type(item), f"{where}.{key}")
    elif get_origin(hint) is not None:
        for option in get_args(hint):
            if option in (Opaque, Digest, Words):
                yield where, option, value


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """The fields worth looking at: those that are or may hold a marked string."""
    return {n: h for n, h in get_type_hints(kind).items() if n in kind.__struct_fields__ and _may_hold(h)}


def _may_hold(hint: Any) -> bool:
    """Whether a value of this type is, or may hold, a marked string."""
    if hint in (Opaque, Digest, Words) or any(_may_hold(option) for option in get_args(hint)):
        return True
    return isinstance(hint, type) and issubclass(hint, Struct) and bool(_hints(hint))
