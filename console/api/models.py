"""Makes pydantic models of msgspec structs, so that FastAPI checks and describes the commands of `states/`.

The model has the fields, types, defaults and docstring of the struct, and the titles of `states/titles.py`. Its types
are stricter than those of pydantic (`_EXACT`). Also here: `STRICT` and `TEXT`, for every model of input. No rule is
checked here: the rules of a command are in its own module in `states/`.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    create_model,
)
from pydantic_core import PydanticKnownError

from states import titles

STRICT = ConfigDict(extra="forbid", frozen=True)
"""The configuration of a model of input.

An unknown field is a fault, because a misspelt optional field would be lost silently.
"""

_DAY_PATTERN = re.compile(r"\d{4}-\d\d-\d\d")


def _check_day(value: object) -> object:
    """The value unchanged, if it is a text such as 2026-11-29; pydantic then checks that the day exists."""
    if not isinstance(value, str) or not _DAY_PATTERN.fullmatch(value):
        raise PydanticKnownError("date_type")
    return value


# FastAPI parses the JSON and gives pydantic Python values. With these pydantic is lenient: `true` would become 1, and 0
# the first of January 1970. NUL is refused because PostgreSQL stores none in a text.
TEXT = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
_EXACT: dict[Any, Any] = {
    bool: StrictBool,
    int: StrictInt,
    date: Annotated[date, BeforeValidator(_check_day)],
    str: TEXT,
}


@cache
def model_of(struct: type[Struct]) -> type[BaseModel]:
    """The model of a struct. Structs within it become models too."""
    members: dict[str, Any] = {}
    for field in fields(struct):
        title = titles.path_title((field.name,))
        factory = {"default_factory": field.default_factory}
        default = factory if field.default is NODEFAULT else {"default": field.default}
        model_field = Field(title=title.zh, description=title.en, **({} if field.required else default))
        members[field.name] = (_model_type(field.type), model_field)
    return create_model(
        struct.__name__, __config__=STRICT, __doc__=struct.__doc__, __module__=struct.__module__, **members
    )


def _model_type(type_: Any) -> Any:
    """The same type, with a model in place of each struct, and strict types in place of those in `_EXACT`."""
    if isinstance(type_, NewType):
        return _model_type(type_.__supertype__)
    if isinstance(type_, type) and issubclass(type_, Struct):
        return model_of(type_)
    origin, parts = get_origin(type_), tuple(part if part is ... else _model_type(part) for part in get_args(type_))
    if origin is None or origin is Literal:
        return _EXACT.get(type_, type_)
    return Union[parts] if origin in (Union, UnionType) else origin[parts]  # noqa: UP007
