"""A whole rulebook with the rules of results of another measure, so that its pages can be tried in the console."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from config.rulebooks import Edition, parse_edition
from states.rulebook.calculation.result_rules import ResultRules
from tests.college import EDITION
from tests.states import test_sentences

MORE = """
[[standing]]
key = "order"
title = { zh = "部门名次", en = "Order of the departments" }
clause = "第六条"
of = "total"
group = "round"

[[standing.quota]]
key = "excellent"
title = { zh = "优秀名额", en = "Seats for an excellent grade" }
clause = "第六条"
share = 28
rounding = "down"

[[occasion]]
key = "midyear"
title = { zh = "年中检查", en = "Mid-year check" }
clause = "附件1 2"
stages = ["opening", "scoring", "approval", "circulation"]

[[form]]
key = "check"
title = { zh = "年中检查指标", en = "Indicators of the mid-year check" }
clause = "附件3"
points = 100

[[form.item]]
key = "halfway"
title = { zh = "半年任务进度", en = "Half of the year's tasks" }
clause = "附件3 1"
points = 100

[[subject]]
key = "check"
title = { zh = "部门（年中）", en = "Department (mid-year)" }
is = "unit"
occasion = "midyear"
form = { faculty = "check", office = "check" }
clause = "附件1 2"

[[act]]
command = "settle"
by = ["working_group"]
clause = "第六条"
source = "ours"
title = { zh = "核定名次", en = "settle the places" }

[[act]]
command = "enter_record"
by = ["office"]
clause = "第七条"
source = "ours"
title = { zh = "登记表彰", en = "record an honour" }

[[act]]
command = "report_values"
by = ["office"]
clause = "第七条"
source = "ours"
title = { zh = "报送", en = "report values" }

[[act]]
command = "waive_item"
by = ["office"]
clause = "第七条"
source = "ours"
title = { zh = "认定不适用", en = "say that an item does not apply" }
"""
"""The standing and the occasion that the example of the sentences names, and who enters its records."""


def example_measure() -> str:
    """The example of the sentences, with the parts that only a whole rulebook has."""
    return Path(test_sentences.__file__).with_name("example_measure.toml").read_text("utf-8") + MORE


def edition_with(measure: str, id_: str) -> Edition:
    """The shipped edition with the rules of results in this text instead of its own, and nothing that follows from a grade."""
    own = _without(EDITION.source, {*ResultRules.model_fields, "task", "window"})
    text = re.sub(r'(?m)^id = ".*"$', f'id = "{id_}"', own, count=1) + measure
    # The articles are those of the shipped measure. What the other one cites beside them has a word too.
    printed = set(re.findall(r'(?m)^clause = "(第[^"；]*)"$', own))
    cited = sorted(set(re.findall(r'clause = "(第[^"；]*)"', measure)) - printed)
    text += "".join(_article(clause) for clause in cited)
    return parse_edition(text.encode(), id_)


def _article(clause: str) -> str:
    words = f'[[article.paragraph]]\nclause = "{clause}"\ntext = {{ zh = "（略）", en = "Left out" }}\n'
    return f'\n[[article]]\nlabel = "{clause}"\n\n{words}'


def _without(text: str, tables: Collection[str]) -> str:
    lines, is_dropped = [], False
    for line in text.splitlines(keepends=True):
        header = re.match(r"\s*\[+([a-z_]+)", line)
        if header:
            is_dropped = header[1] in tables
        if not is_dropped:
            lines.append(line)
    return "".join(lines)
