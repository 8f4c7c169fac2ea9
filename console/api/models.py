"""Makes pydantic models of msgspec structs, so that FastAPI checks and describes the commands of `states/`.

The model has the fields, types, defaults and docstring of the struct, and the titles of `states/titles.py`. No rule is
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

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _day(value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticKnownError("date_type")
    return value


# FastAPI parses the JSON and gives pydantic Python values. With these pydantic is lenient: `true` would become 1, and 0
# the first of January 1970. NUL is refused because PostgreSQL stores none in a text.
TEXT = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
_EXACT: dict[Any, Any] = {bool: StrictBool, int: StrictInt, date: Annotated[date, BeforeValidator(_day)], str: TEXT}


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


def _model_type(kind: Any) -> Any:
    """The same type, with a model in place of each struct."""
    if isinstance(kind, NewType):
        return _model_type(kind.__supertype__)
    if isinstance(kind, type) and issubclass(kind, Struct):
        return model_of(kind)
    origin, parts = get_origin(kind), tuple(part if part is ... else _model_type(part) for part in get_args(kind))
    if origin is None or origin is Literal:
        return _EXACT.get(kind, kind)
    return Union[parts] if origin in (Union, UnionType) else origin[parts]  # noqa: UP007
