"""Mistakes of a tired office in the two invented measures: each has the place in the file, an example, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.rulebooks import RulebookFault, parse_edition

from .broken import Broken

MEASURES = Path(__file__).parents[1] / "measures"
CLOUDLADDER, HERONISLE = ((MEASURES / f"{name}-2031.toml").read_text("utf-8") for name in ("cloudladder", "heronisle"))
_TRAINING = "form.annex-1.item.duty.item.students.item.training"
_BAND = '  { when = [{ of = "training_rate", at_least = 80, below = 95 }], points = 3, clause = "附件1 3.4" },\n'
_READING = CLOUDLADDER[CLOUDLADDER.index('[[reading]]\nkey = "several_people"') :]
_ALTERNATIVES = _READING[_READING.index("[[reading.alternative]]") : _READING.index("[[reading]]", 5)]

OF_CLOUDLADDER = (
    Broken("a wrong clause", _BAND, _BAND.replace("附件1 3.4", "第七十条（四）"), f"{_TRAINING}.row[1].clause",
           "所录办法原文没有 第七十条（四），是否指 第十条（四）", "the articles given have no 第七十条（四）; is 第十条（四） meant?"),
    Broken("a forgotten band", _BAND, "", _TRAINING,
           "training_rate = 80 时没有一行成立（training_rate 按 0.01 变动）。请补上",
           "no row holds for training_rate = 80 (training_rate goes by 0.01). Close the gap"),
    Broken("two rows at once", _BAND, _BAND.replace(", below = 95", ""), _TRAINING,
           'training_rate = 95 时 row[0] 与 row[1] 两行同时成立。请收窄一行', "rows row[0] and row[1] both hold for training_rate = 95. Narrow one"),
    Broken("swapped bounds", _BAND, _BAND.replace("at_least = 80, below = 95", "at_least = 95, below = 80"), f"{_TRAINING}.row[1]",
           "下限 95 大于上限 80，是否写反", "its least, 95, is above its most, 80"),
    Broken("percent as a share", '"served_satisfied", at_least = 90 }', '"served_satisfied", at_least = 0.9 }',
           "form.annex-2.item.duty.item.service.item.promise.row[1]", "永远轮不到", "is never reached"),
    Broken("a percent sign", "share = 30, rounding", 'share = "30%", rounding', "standing.order.quota.excellent.share",
           "应为数字，或带引号的分数（如 '2/3'），而不是 '30%'", "must be a number, or a fraction in quotes ('2/3'), not '30%'"),
    Broken("a misspelt key", 'clause = "第十一条"\nrecord = "case"\ncounts_in', 'clause = "第十一条"\nrecord = "case"\ncount_in', "ladder.cases.count_in",
           "没有 count_in 这个键，请删去或更正拼写", "there is no key count_in; remove it or correct its spelling"),
    Broken("a misspelt value", '{ of = "head_voice", at_least = 80 }', '{ of = "head_voise", at_least = 80 }', "scale.unit.grade.excellent",
           "没有名为 head_voise 的分值，是否指 head_voice", "nothing is called head_voise; is head_voice meant?"),
    Broken("a misspelt way", 'kind = "bands"\npoints = 5', 'kind = "band"\npoints = 5', _TRAINING,
           "kind 不能是 band，可用：'mark'", "kind cannot be band; allowed: 'mark'"),
    Broken("a stage that is not there", 'stages = ["opening", "self_report", "scoring"', 'stages = ["opening", "self_review", "scoring"',
           "occasion.midyear.stages", "没有名为 self_review 的定义（可用：approval", "nothing is called self_review (known: approval"),
    Broken("a reading without alternatives", _ALTERNATIVES, "\n", "reading.several_people.alternative",
           "缺少 alternative：写明可选的做法", "is missing: write the alternatives"),
    Broken("a comma of a Chinese keyboard", "at_least = 80, below = 95", "at_least = 80， below = 95", "1214:50",
           "是全角的“，”：引号以外的标点请用半角", "has a full-width “，”"),
    Broken("a day as a date", 'due = "09-15"', "due = 2031-09-15", "stage.self_report.due",
           "必须是带引号的文字，而不是 2031-09-15", "must be text in quotes, not 2031-09-15"),
)  # fmt: skip
OF_HERONISLE = (
    Broken("a role nobody has", 'by = ["ethics"]', 'by = ["ethic"]', "value.ethics-breach.by",
           "没有名为 ethic 的定义，是否指 ethics", "nothing is called ethic; is ethics meant?"),
    Broken("a task after itself", 'key = "commendation"\n', 'key = "commendation"\nafter = "commendation"\n', "task",
           "循环先后：commendation → commendation", "comes after itself: commendation → commendation"),
    Broken("a grade that is not there", '{ of = "unit.last-round", is = ["fair", "poor"] }', '{ of = "unit.last-round", is = ["fair", "bad"] }',
           "scale.head.limit.two-rounds", "不会是 bad（可用：", "is never bad (known: "),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "broken"),
    [*((CLOUDLADDER, one) for one in OF_CLOUDLADDER), *((HERONISLE, one) for one in OF_HERONISLE)],
    ids=[one.name for one in (*OF_CLOUDLADDER, *OF_HERONISLE)],
)
def test_a_mistake_is_reported_where_it_stands_with_what_to_do(text: str, broken: Broken) -> None:
    with pytest.raises(RulebookFault) as refused:
        parse_edition(broken.of(text), "broken.toml")
    at_key = [fault for fault in refused.value.faults if fault.key == broken.key]
    assert any(broken.zh in fault.zh and broken.en in fault.en for fault in at_key), refused.value.faults
    assert len(refused.value.faults) <= 3, "one mistake is not told many times"
