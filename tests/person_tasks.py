"""An edition whose results have tasks of each member, one after another, due in working days and in months, and a bar."""

from __future__ import annotations

import re

from config.rulebooks import DEFAULT_EDITION_ID, Edition, parse_edition, shipped_editions

TASKS = """
[[subject]]
key = "member"
title = { zh = "班子成员", en = "Member" }
is = "each_member"
clause = "第二条"

[[task]]
key = "filed"
title = { zh = "结果备案", en = "File the result" }
clause = "第九条3"
by = ["organization"]
due = { months = 1, roll = "stay" }

[[task]]
key = "statement"
title = { zh = "提交书面检查", en = "Submit a written statement" }
clause = "第九条2"
for = ["member"]
when = [{ of = "unit.grade", is = ["fail"] }]
by = ["organization"]
due = { working_days = 5 }
reminders = { before = [1], on_the_day = true, overdue = [], escalate = [{ after = 1, to = "office" }] }

[[task]]
key = "talk"
title = { zh = "约谈", en = "Talk" }
clause = "第九条2"
for = ["member"]
after = "statement"
by = ["discipline"]
due = { days = 10, roll = "stay" }

[[task]]
key = "no_awards"
title = { zh = "取消评优资格", en = "No awards" }
clause = "第九条2"
when = [{ of = "grade", is = ["fail"] }]
by = ["organization"]
lasts = { years = 1 }
"""


def source() -> str:
    """The shipped edition with these tasks in place of its own."""
    text = shipped_editions()[DEFAULT_EDITION_ID].read_text("utf-8")
    own = re.sub(r"(?ms)^\[\[task\]\]\n.*?(?=^# -----)", "", text)
    return re.sub(r'(?m)^id = ".*"$', 'id = "person-tasks"', own, count=1) + TASKS


def edition() -> Edition:
    return parse_edition(source().encode(), "person_tasks.toml")
