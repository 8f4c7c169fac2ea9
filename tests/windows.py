"""The shipped measure with two windows: a review of every result, and an appeal against the decision on a fail."""

from __future__ import annotations

import re
from functools import cache

from config.rulebooks import DEFAULT_EDITION_ID, Edition, parse_edition, shipped_editions

WINDOWS = """
[[act]]
command = "ask_review"
by = ["unit", "organization"]
title = { zh = "申请复核或申诉", en = "ask for a review" }
clause = "附则三（一）"
source = "ours"

[[act]]
command = "decide_review"
by = ["leading_group", "committee", "organization"]
title = { zh = "作出复核或申诉决定", en = "decide on a review" }
clause = "附则三（一）"
source = "ours"

[[window]]
key = "review"
title = { zh = "复核", en = "Review" }
clause = "附则三（一）"
by = ["unit", "organization"]
within = { working_days = 7 }
decided_by = ["leading_group", "organization"]
decided_within = { working_days = 15 }
reminders = { before = [1], on_the_day = true, overdue = [1], escalate = [{ after = 2, to = "committee" }] }

[[window]]
key = "appeal"
title = { zh = "申诉", en = "Appeal" }
clause = "附则三（二）"
by = ["unit"]
from = "review"
when = [{ of = "grade", is = ["fail"] }]
within = { days = 10, roll = "stay" }
decided_by = ["committee"]
decided_within = { days = 30, roll = "stay" }
"""


@cache
def source() -> str:
    """The shipped edition with the windows and their acts."""
    text = shipped_editions()[DEFAULT_EDITION_ID].read_text("utf-8")
    return re.sub(r'(?m)^id = ".*"$', 'id = "windows"', text, count=1) + WINDOWS


OF_MEMBERS = """
[[subject]]
key = "member"
title = { zh = "班子成员", en = "Member" }
is = "each_member"
clause = "第二条"

[[window]]
key = "own"
title = { zh = "本人复核", en = "Own review" }
clause = "附则三（三）"
for = ["member"]
by = ["organization"]
within = { days = 10, roll = "stay" }
decided_by = ["committee"]
"""


@cache
def edition(*, of_members: bool = False) -> Edition:
    """The edition with windows. `of_members`: each member has one too, in which the organization department asks."""
    return parse_edition((source() + (OF_MEMBERS if of_members else "")).encode(), "windows.toml")
