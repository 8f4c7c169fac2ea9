"""The shipped measure with records of its own beside cases: honours, good practices with points to say, and absences."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from typing import Any

from config.rulebooks import Edition, default_edition, parse_edition

_ITEM = """
[[form.item]]
key = "{key}"
kind = "ladder"
ladder = "{key}"
beside = true
cap = 5
title.zh = "{zh}"
title.en = "{en}"
clause = "附则一"
"""

_ACT = """
[[act]]
command = "{command}"
by = ["office", "discipline", "unit"]
clause = "附则一"
source = "measure"
title.zh = "{zh}"
title.en = "{en}"
"""

_RECORDS = """
[[record]]
key = "honour"
clause = "附则二"
title.zh = "表彰"
title.en = "Honour"
personal = false
by = ["office", "unit"]
field = [
  { key = "level", title = { zh = "级别", en = "Level" }, option = [
    { key = "city", title = { zh = "市级", en = "municipal" } },
    { key = "province", title = { zh = "省级", en = "provincial" } },
    { key = "nation", title = { zh = "国家级", en = "national" } },
  ] },
  { key = "share", title = { zh = "获得方式", en = "Share" }, option = [
    { key = "joint", title = { zh = "联合", en = "joint" } },
    { key = "alone", title = { zh = "独立", en = "alone" } },
  ] },
]

[[record.rule]]
is = { level = ["nation"], share = ["alone"] }
then = "remark"
why.zh = "国家级表彰一般由多部门联合获得"
why.en = "a national honour is usually won jointly"
clause = "附则二"

[[record]]
key = "practice"
clause = "附则三"
title.zh = "好做法"
title.en = "Good practice"
personal = false
field = [{ key = "kind", title = { zh = "类别", en = "Kind" }, option = [
  { key = "method", title = { zh = "方法", en = "method" } },
  { key = "platform", title = { zh = "平台", en = "platform" } },
] }]

[[record]]
key = "absence"
clause = "附则四"
title.zh = "缺席"
title.en = "Absence"
confidential = true
field = [{ key = "how", title = { zh = "情形", en = "How" }, option = [
  { key = "late", title = { zh = "迟到", en = "late" } },
  { key = "absent", title = { zh = "无故缺席", en = "absent without reason" } },
] }]

[[ladder]]
key = "honours"
record = "honour"
one_per_record = true
title.zh = "表彰加分"
title.en = "Bonus for honours"
clause = "附则二"
row = [
  { is = { level = ["nation"] }, points = 3, clause = "附则二" },
  { is = { level = ["province"] }, points = 2, clause = "附则二" },
  { is = { level = ["city"] }, points = 1, clause = "附则二" },
]

[[ladder]]
key = "practices"
record = "practice"
title.zh = "好做法加分"
title.en = "Bonus for good practices"
clause = "附则三"
row = [
  { is = { kind = ["method"] }, between = [0.5, 2], clause = "附则三" },
  { is = { kind = ["platform"] }, points = 1, clause = "附则三" },
]

[[ladder]]
key = "absences"
record = "absence"
title.zh = "缺席扣分"
title.en = "Absences"
clause = "附则四"
row = [
  { is = { how = ["late"] }, each = -0.5, clause = "附则四" },
  { is = { how = ["absent"] }, each = -1, clause = "附则四" },
]
"""

_LADDERS = (
    ("honours", "表彰加分", "Bonus for honours"),
    ("practices", "好做法加分", "Bonus for good practices"),
    ("absences", "缺席扣分", "Absences"),
)
_ACTS = (
    ("enter_record", "登记", "enter a record"),
    ("revise_record", "更正登记", "correct a record"),
    ("rescind_record", "撤销登记", "rescind a record"),
)


@cache
def source() -> str:
    """The text of the rulebook. Each annex has an item for each of the three ladders."""
    shipped = default_edition().source.replace('id = "liuzhou-2021"', 'id = "honours-2021"', 1)
    before = '[[form.item]]\nkey = "routine-checks"'
    assert shipped.count(before) == 2
    items = "".join(_ITEM.format(key=key, zh=zh, en=en) for key, zh, en in _LADDERS)
    acts = "".join(_ACT.format(command=command, zh=zh, en=en) for command, zh, en in _ACTS)
    return shipped.replace(before, f"{items}\n{before}") + acts + _RECORDS


@cache
def edition() -> Edition:
    return parse_edition(source().encode(), "honours.toml")


def raw() -> dict[str, Any]:
    return tomllib.loads(source(), parse_float=Decimal)
