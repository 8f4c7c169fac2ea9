"""The pydantic model of a msgspec struct, so that FastAPI checks and describes the commands of `states/` by their own fields.

Fields, types and defaults are the struct's, descriptions its docstring's, titles those of `states/titles.py`. No rule is
checked here: that is the struct's own noun.
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
"""A model of what is sent: a field that it does not have is a fault, since a misspelt optional one would be lost silently."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _day(value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticKnownError("date_type")
    return value


# pydantic is lenient with Python values, and FastAPI hands it those: true would be 1, 0 the first of January 1970.
# PostgreSQL stores no NUL in a text.
TEXT = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
_EXACT: dict[Any, Any] = {bool: StrictBool, int: StrictInt, date: Annotated[date, BeforeValidator(_day)], str: TEXT}


@cache
def model_of(struct: type[Struct]) -> type[BaseModel]:
    """The model of a struct. Structs within it become models too."""
    members: dict[str, Any] = {}
    for one in fields(struct):
        title = titles.path_title((one.name,))
        default = {"default_factory": one.default_factory} if one.default is NODEFAULT else {"default": one.default}
        described = Field(title=title.zh, description=title.en, **({} if one.required else default))
        members[one.name] = (_typed(one.type), described)
    return create_model(
        struct.__name__, __config__=STRICT, __doc__=struct.__doc__, __module__=struct.__module__, **members
    )


def _typed(kind: Any) -> Any:
    """The type with models in the place of structs."""
    if isinstance(kind, NewType):
        return _typed(kind.__supertype__)
    if isinstance(kind, type) and issubclass(kind, Struct):
        return model_of(kind)
    origin, parts = get_origin(kind), tuple(part if part is ... else _typed(part) for part in get_args(kind))
    if origin is None or origin is Literal:
        return _EXACT.get(kind, kind)
    return Union[parts] if origin in (Union, UnionType) else origin[parts]  # noqa: UP007
