"""The shipped measure with members who have results of their own: levels, counts, and facts that others report."""

from __future__ import annotations

from functools import cache

from config.rulebooks import Edition, default_edition, parse_edition

MEMBERS = """
[[levels]]
key = "done"
clause = "附则一"
level = [
  { key = "done", title = { zh = "完成", en = "Done" } },
  { key = "mostly", title = { zh = "基本完成", en = "Mostly done" } },
  { key = "not-done", title = { zh = "未完成", en = "Not done" } },
]

[[form]]
key = "member"
title = { zh = "班子成员考核表", en = "Form for members of the team" }
clause = "附则一"
points = 30
rescale = true
decimals = 1
item = [
  { key = "m-duty", label = "1", title = { zh = "分管责任", en = "The member's own duty" }, clause = "附则一1", points = 20, among = [
    { points = 20, title = { zh = "好", en = "Good" } },
    { points = 12, title = { zh = "一般", en = "Fair" } },
    { points = 0, title = { zh = "差", en = "Poor" } },
  ] },
  { key = "m-talks", label = "2", title = { zh = "谈心谈话", en = "Talks held" }, clause = "附则一2", points = 10, kind = "per", each = 2, max = 10, unit = { zh = "次", en = "talk" }, may_be_absent = true },
  { key = "m-conduct", label = "3", title = { zh = "廉洁自律", en = "Integrity" }, clause = "附则一3", kind = "level", among = "done" },
]

[[subject]]
key = "member"
title = { zh = "班子成员", en = "Member of the team" }
is = "each_member"
form = { college = "member", party-admin = "member", support = "member" }
scale = "member"
clause = "附则一"

[[scale]]
key = "member"
match = "first"
grade = [
  { key = "able", title = { zh = "称职", en = "Able" }, clause = "附则二1", when = [{ of = "total", at_least = 24 }, { of = "m-conduct", is = ["done", "mostly"] }] },
  { key = "unable", title = { zh = "不称职", en = "Not able" }, clause = "附则二2", any = [[{ of = "total", below = 24 }], [{ of = "m-conduct", is = "not-done" }]] },
]
"""

REPORTED = """
[[act]]
command = "report_values"
by = ["office", "organization", "committee"]
clause = "附则三"
source = "measure"
title = { zh = "报送数据", en = "report values" }

[[act]]
command = "waive_item"
by = ["office"]
clause = "附则四"
source = "measure"
title = { zh = "认定项目不适用", en = "declare that an item does not apply" }

[[act]]
command = "restore_item"
by = ["office"]
clause = "附则四"
source = "measure"
title = { zh = "恢复适用项目", en = "restore an item that does not apply" }

[[value]]
key = "survey"
kind = "given"
by = ["organization"]
points = 100
step = 0.1
title = { zh = "群众满意度", en = "Satisfaction" }
clause = "附则三1"

[[value]]
key = "view"
kind = "level"
by = ["committee"]
among = "done"
title = { zh = "党委评价", en = "The committee's view" }
clause = "附则三2"

[[value]]
key = "last-year"
kind = "earlier"
back = 1
of = "grade"
title = { zh = "上年等次", en = "Last year's grade" }
clause = "附则三3"
"""

VOTES = """
[[ballot]]
key = "weighted"
base = "valid"
title = { zh = "分组测评", en = "Votes by group" }
clause = "附则五"
group = [
  { key = "staff", title = { zh = "教职工", en = "Staff" } },
  { key = "served", title = { zh = "服务对象", en = "Those served" } },
]
option = [
  { key = "good", title = { zh = "好", en = "good" }, points = 100 },
  { key = "fair", title = { zh = "一般", en = "fair" }, points = 60 },
]

[[value]]
key = "voice"
kind = "vote"
ballot = "weighted"
weights = { staff = 3, served = 1 }
decimals = 2
title = { zh = "分组测评得分", en = "Points of the votes by group" }
clause = "附则五1"

[[value]]
key = "own-voice"
for = ["member"]
kind = "vote"
ballot = "weighted"
weights = { staff = 1 }
title = { zh = "本人测评得分", en = "The member's own vote" }
clause = "附则五2"
"""


@cache
def edition(more: str = "") -> Edition:
    """The shipped edition with members' results, and with what `more` adds."""
    return parse_edition((default_edition().source + MEMBERS + REPORTED + more).encode(), "entered")
