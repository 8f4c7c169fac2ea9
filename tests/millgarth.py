"""The invented measure of Millgarth county, for tests: a town is only scored and ordered, and its leaders are graded.

A score goes by parts of 345, so it is a fraction until it is rounded. A check in spring opens before the year does. The
grade of a deputy hangs on nobody but the office.
"""

from __future__ import annotations

import re

from config.rulebooks import Edition, parse_edition, start_of_rulebook

RULES = """
[[occasion]]
key = "spring"
title = { zh = "春季检查", en = "Spring check" }
clause = "第三条"
stages = ["opening", "scoring"]
opens = "04-02"

[[unit_kind]]
key = "town"
title = { zh = "镇", en = "Town" }
clause = "第一条"

[[subject]]
key = "unit"
title = { zh = "镇", en = "Town" }
is = "unit"
form = { town = "work" }
clause = "第二条"

[[subject]]
key = "unit_spring"
title = { zh = "镇（春季）", en = "Town in spring" }
is = "unit"
occasion = "spring"
form = { town = "check" }
clause = "第三条"

[[subject]]
key = "head"
title = { zh = "正职", en = "Head" }
is = "each_head"
form = { town = "head" }
scale = "person"
clause = "第四条"

[[subject]]
key = "other"
title = { zh = "副职", en = "Deputy" }
is = "each_other"
scale = "named"
clause = "第五条"

[[form]]
key = "work"
title = { zh = "镇考核指标", en = "Indicators for towns" }
points = 100
min = 0
decimals = 2
clause = "第二条"
item = [
  { key = "projects", label = "1", title = { zh = "项目", en = "Projects" }, points = 345, weight = 80, clause = "第二条1" },
  { key = "order", label = "2", title = { zh = "秩序", en = "Order" }, points = 20, clause = "第二条2" },
  { key = "praise", label = "3", title = { zh = "表扬", en = "Praise" }, points = 3, weight = 2, beside = true, clause = "第二条3" },
]

[[form]]
key = "check"
title = { zh = "春季检查表", en = "Spring form" }
points = 10
clause = "第三条"
item = [{ key = "progress", label = "1", title = { zh = "进度", en = "Progress" }, points = 10, clause = "第三条" }]

[[form]]
key = "head"
title = { zh = "正职考核表", en = "Form of a head" }
points = 100
decimals = 2
clause = "第四条"

[[form.item]]
key = "share"
label = "1"
title = { zh = "按最高得分折算", en = "In proportion to the best" }
points = 100
kind = "bands"
match = "first"
decimals = 2
clause = "第四条"
row = [
  { when = [{ of = "part_of_best", at_least = 0 }], of = "part_of_best", clause = "第四条" },
  { points = 0, clause = "第四条" },
]

[[value]]
key = "part_of_best"
for = "head"
title = { zh = "与最高得分之比", en = "Part of the best" }
kind = "ratio"
of = "unit.total"
by = "unit.best"
times = 100
clause = "第四条"

[[value]]
key = "best"
title = { zh = "最高得分", en = "The best score" }
kind = "standing"
standing = "towns"
give = "best"
clause = "第四条"

[[standing]]
key = "towns"
title = { zh = "镇名次", en = "Order of the towns" }
of = "total"
then = ["order"]
clause = "第四条"

[[scale]]
key = "person"
grade = [
  { key = "able", title = { zh = "称职", en = "Able" }, when = [{ of = "total", at_least = 60 }], clause = "第四条" },
  { key = "unable", title = { zh = "不称职", en = "Not able" }, when = [{ of = "total", below = 60 }], clause = "第四条" },
]

[[value]]
key = "idle"
for = "other"
title = { zh = "认定不履职", en = "Found idle" }
kind = "finding"
by = ["leading_group"]
clause = "第五条"

[[scale]]
key = "named"
ask = ["office"]
grade = [
  { key = "able", title = { zh = "称职", en = "Able" }, when = [{ of = "idle", above = 5 }], clause = "第五条" },
  { key = "unable", title = { zh = "不称职", en = "Not able" }, when = [{ of = "idle", at_least = 1, at_most = 5 }], clause = "第五条" },
]
"""


def source() -> str:
    """The start of a rulebook without its vote, and the rules of the county."""
    start = start_of_rulebook("millgarth-2031")
    return re.sub(r'(?ms)^\[\[stage\]\]\nkind = "democratic_evaluation"\n.*?\n\n', "", start) + RULES


def edition() -> Edition:
    return parse_edition(source().encode(), "millgarth.toml")
