"""The schema compared with the one that the migrations make. If a guard is missing, somebody could do what it guards against."""

from __future__ import annotations

from collections.abc import Mapping

from audit.defect import make_defect
from states.vocabulary import Text
from storage.database.database import Database
from storage.schema import differences

from .findings import TableFindings

KINDS: Mapping[str, Text] = {
    "trigger": Text(zh="触发器", en="trigger"),
    "function": Text(zh="触发器函数", en="function"),
    "index": Text(zh="索引", en="index"),
    "table": Text(zh="表", en="table"),
    "column": Text(zh="列", en="column"),
    "key": Text(zh="主键", en="primary key of"),
    "constraint": Text(zh="唯一约束", en="constraint"),
    "fk": Text(zh="外键", en="foreign key"),
    "rule": Text(zh="规则", en="rule"),
    "setting": Text(zh="设置", en="setting"),
    "view": Text(zh="视图", en="view"),
}


def check_schema(database: Database) -> TableFindings:
    """Every object of the schema that is missing, changed, disabled, or should not be there."""
    return TableFindings(
        tuple(
            make_defect(f"schema_{one.state}", None, None, kind=KINDS.get(one.kind, one.kind), name=one.name)
            for one in differences(database)
        )
    )
