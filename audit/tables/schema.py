"""Compares the schema of the database with the schema that the migrations make (the kinds of objects: `KIND_TITLES`).

The triggers and constraints prevent changes to the ledger. If one is missing, somebody may have made such changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit.defect import make_defect
from states.vocabulary import Text
from storage.database.database import Database
from storage.schema import differences

from .findings import TableFindings

KIND_TITLES: Mapping[str, Text] = {
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
    """Find every object of the schema that is missing, changed or disabled, or that should not exist."""
    return TableFindings(
        tuple(
            make_defect(
                f"schema_{difference.state}",
                None,
                None,
                kind=KIND_TITLES.get(difference.kind, difference.kind),
                name=difference.name,
            )
            for difference in differences(database)
        )
    )
