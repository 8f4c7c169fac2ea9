"""Ways to break the rules of results of the tutorial's measure: one replacement of text each, and the fault it has.

`TABLES` need every name and number to be right; a fault of `NAMES` or `FORMATS` hides them, and nothing else.
"""

from __future__ import annotations

from .broken import Broken

_VOICE = 'points = 100\nweight = 40\nkind = "vote"\nballot = "meeting"\ndecimals = 2\n'
_ACCIDENT = 'when = [{ of = "accident", at_least = 1 }]'
_GOOD = 'when = [{ of = "total", at_least = 75 }]'
_RAISES = 'is = { what = ["accident"] }\nraises = "accident"\n'
_CRITICISM = 'is = { what = ["criticism"] }\ncosts = 4\n'
_SEAT = 'standing = "order"\ngive = "seat"\n'
_TOTAL_ENDS = 'points = 100\nmin = 0\nclause = "第二条"\n'

APART = (
    Broken("parts that do not make the whole", 'points = 40\nclause = "第二条（一）1"', 'points = 42\nclause = "第二条（一）1"',
           "form.main.item.work", "下级分值合计 62，应为 60", "the parts add up to 62, not 60"),
    Broken("a case without a row", f"[[ladder.row]]\n{_RAISES}clause = \"第六条\"\n", "",
           "ladder.events", "what = accident 时没有对应的一行", "no row for what = accident (cases without a row: 1)"),
    Broken("a case with two rows", 'is = { level = ["province"] }', 'is = { level = ["city", "province"] }',
           "ladder.awards", "level = city 时第 1 行与第 2 行同时成立", "rows 1 and 2 both hold for level = city"),
    Broken("a finding that nothing raises", _RAISES, 'is = { what = ["accident"] }\ncosts = 20\n',
           "value.accident", "没有记录能引起 accident", "no record could raise accident, and nobody may record it (by)"),
    Broken("a ladder that nothing reads", 'kind = "ladder"\nladder = "awards"', 'kind = "ladder"\nladder = "events"',
           "ladder.awards", "没有分值使用这张加扣分档", "no value reads this ladder"),
)  # fmt: skip

TABLES = (
    Broken("a gap", 'when = [{ of = "total", at_least = 60, below = 75 }]', 'when = [{ of = "total", above = 60, below = 75 }]',
           "scale.unit", "total = 60 时没有一行成立", "no row holds for total = 60 (total goes by 0.004)"),
    Broken("an overlap", 'key = "unit"\nmatch = "first"\n', 'key = "unit"\n',
           "scale.unit", "excellent 与 good 两行同时成立", "rows excellent and good both hold for total = 90, seat = 1"),
    Broken("a row that is never reached", _GOOD, 'when = [{ of = "total", at_least = 50 }]',
           "scale.unit.grade.pass", "永远轮不到", "is never reached"),
    Broken("tests that exclude each other", _ACCIDENT, 'when = [{ of = "total", below = 60 }, { of = "total", above = 70 }]',
           "scale.unit.limit.accident", "不可能同时成立", "can never hold: its tests exclude each other"),
    Broken("a test beyond what a value can be", _ACCIDENT, 'when = [{ of = "accident", at_least = 1 }, { of = "total", above = 500 }]',
           "scale.unit.limit.accident", "对 total 的条件不可能成立：total 在 0 到 105 之间", "can never hold: total lies from 0 to 105"),
    Broken("a test that always holds", _ACCIDENT, 'when = [{ of = "accident", at_least = 0 }]',
           "scale.unit.limit.accident", "对 accident 的条件总是成立", "its test of accident always holds: accident is at least 0"),
    Broken("a part without a full mark", 'points = 20\nkind = "per"', 'kind = "per"',
           "form.main.item.work.item.duty", "缺少满分（points）", "has no full mark"),
    Broken("a share among points", _VOICE, 'points = 40\nkind = "vote"\nballot = "meeting"\nshare_of = ["good"]\ndecimals = 2\n',
           "form.main.item.voice", "voice 是比例，不能与分相加", "voice is a share, and cannot be put together with points"),
    Broken("a mean that need not end", _VOICE, _VOICE.replace("decimals = 2\n", ""),
           "form.main.item.voice", "voice 可能除不尽", "voice need not come out even"),
    Broken("an item that may not apply", _VOICE, f"{_VOICE}may_be_absent = true\n",
           "form.main.item.voice", "voice 可能不适用（voice 写有 may_be_absent），但没有写明那时如何计分", "voice may be not applicable (voice has may_be_absent), and nothing says what then"),
    Broken("a ladder declared not applicable", 'kind = "ladder"\nladder = "awards"', 'kind = "ladder"\nmay_be_absent = true\nladder = "awards"',
           "form.main.item.awards.may_be_absent", "只有直接填报的分值可以不适用", "only a value that is entered can be declared so"),
    Broken("a total without an end", _TOTAL_ENDS, _TOTAL_ENDS.replace("min = 0\n", ""),
           "form.main", "总分可以低到任何数", "the total can go down without end"),
    Broken("a weight beside the forms", 'kind = "finding"\n', 'kind = "finding"\npoints = 1\nweight = 2\n',
           "value.accident", "weight 与 beside 只写在考核指标中", "weight and beside are written on a form only"),
)  # fmt: skip

NAMES = (
    Broken("a value that is not there", _GOOD, 'when = [{ of = "totl", at_least = 75 }]',
           "scale.unit.grade.good", "没有名为 totl 的分值，是否指 total", "nothing is called totl; is total meant?"),
    Broken("a form that is not there", 'form = { school = "main", office = "main" }', 'form = { school = "main", office = "mine" }',
           "subject.unit.form", "没有名为 mine 的定义", "nothing is called mine (known: main)"),
    Broken("a scale that is not there", 'scale = "unit"', 'scale = "units"',
           "subject.unit.scale", "没有名为 units 的定义", "nothing is called units; is unit meant? (known: unit)"),
    Broken("a ballot that is not there", _VOICE, _VOICE.replace('"meeting"', '"meetings"'),
           "form.main.item.voice.ballot", "没有名为 meetings 的定义", "nothing is called meetings; is meeting meant? (known: meeting)"),
    Broken("a record that is not there", 'record = "award"', 'record = "prize"',
           "ladder.awards.record", "没有名为 prize 的定义", "nothing is called prize (known: award, event)"),
    Broken("an option that is not there", 'is = { level = ["city"] }', 'is = { level = ["town"] }',
           "ladder.awards.row[0].is.level", "没有名为 town 的定义", "nothing is called town (known: city, province)"),
    Broken("a field that is not there", 'is = { level = ["city"] }', 'is = { size = ["city"] }',
           "ladder.awards.row[0].is", "没有名为 size 的定义", "nothing is called size (known: level)"),
    Broken("a role that is not there", 'kind = "finding"\n', 'kind = "finding"\nby = ["dean"]\n',
           "value.accident.by", "没有名为 dean 的定义", "nothing is called dean"),
    Broken("a standing that is not there", _SEAT, _SEAT.replace('"order"', '"orders"'),
           "value.seat.standing", "没有名为 orders 的定义", "nothing is called orders; is order meant? (known: order)"),
    Broken("a quota that is not there", _SEAT, f'{_SEAT}quota = "worst"\n',
           "value.seat.quota", "没有名为 worst 的定义", "nothing is called worst (known: best)"),
    Broken("a kind of department that is not there", 'form = { school = "main", office = "main" }', 'form = { school = "main", bureau = "main" }',
           "subject.unit.form", "没有名为 bureau 的定义", "nothing is called bureau"),
    Broken("a value that needs itself", 'key = "seat"\ntitle = { zh = "优秀名额", en = "Seat for excellent" }\nkind = "standing"\nstanding = "order"\ngive = "seat"\n',
           'key = "seat"\ntitle = { zh = "优秀名额", en = "Seat for excellent" }\nkind = "per"\neach = 1\nof = "seat"\n',
           "value", "循环引用：seat → seat", "needs itself: seat → seat"),
    Broken("a name of the program's own", 'key = "seat"\n', 'key = "grade"\n',
           "value.grade", "是本系统的名称，请换一个键", "is a name of the program's own"),
    Broken("words for a number", _GOOD, 'when = [{ of = "total", is = ["many"] }]',
           "scale.unit.grade.good", "total 是数字，请写界限", "total is a number: write bounds, not `is`"),
    Broken("bounds for a word", _GOOD, 'when = [{ of = "unit_kind", at_least = 1 }]',
           "scale.unit.grade.good", "unit_kind 不是数字，不能与界限比较", "unit_kind is a word, and has no bounds: write `is`"),
)  # fmt: skip

FORMATS = (
    Broken("points and costs", _CRITICISM, f"{_CRITICISM}points = 1\n",
           "ladder.events.row[0]", "只写一个", "write one of points, costs, each"),
    Broken("a quota without rounding", 'share = 30\nrounding = "down"', "share = 30",
           "standing.order.quota.best.rounding", "仅当写 share 时写，且必须写", "is written exactly when share is written"),
    Broken("a limit at no grade", 'not_above = "pass"', 'not_above = "passed"',
           "scale.unit.limit.accident.not_above", "没有名为 passed 的定义", "nothing is called passed"),
    Broken("two bounds in one direction", _GOOD, 'when = [{ of = "total", at_least = 75, above = 75 }]',
           "scale.unit.grade.good.when[0]", "同一方向只写一个界限", "write one bound in each direction"),
    Broken("no way of that name", 'kind = "finding"', 'kind = "found"',
           "value.accident", "不能是 found", "cannot be found"),
    Broken("a way without what it needs", 'kind = "ladder"\nladder = "awards"\n', 'kind = "ladder"\n',
           "form.main.item.awards.ladder", "缺少 ladder", "ladder is missing"),
    Broken("a fraction that is none", _GOOD, 'when = [{ of = "total", at_least = "three quarters" }]',
           "scale.unit.grade.good.when[0].at_least", "应为数字，或带引号的分数（如 '2/3'）", "must be a number, or a fraction in quotes ('2/3'), not 'three quarters'"),
)  # fmt: skip

READINGS = (
    Broken("an alternative that would not load", "means = false", 'means = "no"',
           "reading.several_people.alternative.each", "如果选 each，这份办法不能使用", "with each this rulebook would not load"),
    Broken("a reading that nothing names", 'one_per_record = { reading = "several_people" }\n', "",
           "reading.several_people", "没有任何地方使用", "is named nowhere, so its alternatives change nothing"),
    Broken("a place that names no reading", '{ reading = "several_people" }', '{ reading = "some_people" }',
           "ladder.events.one_per_record", "没有名为 some_people 的条文理解", "there is no reading called some_people"),
    Broken("a choice that is no alternative", 'value = "once"', 'value = "twice"',
           "reading.several_people.value", "没有 twice，可选：once、each", "is none of once, each"),
    Broken("a reading without a reason", 'why = { zh = "第四条写“每起”，不写“每人次”。", en = "Article 4 counts events, not people." }\n', "",
           "reading.several_people.why", "缺少 why", "why is missing"),
)  # fmt: skip

PROCEDURE = (
    Broken("an hour no day has", 'remind_at = "09:00"', 'remind_at = "25:00"', "remind_at", "不合格式", "is not of the form"),
    Broken("a sheet for a role that is not there", 'before = [10, 5, 1], to = ["office"', 'before = [10, 5, 1], to = ["visitors"',
           "year_end.to", "没有名为 visitors 的定义", "nothing is called visitors"),
    Broken("a time zone nobody lives in", 'timezone = "Asia/Shanghai"', 'timezone = "Asia/Greencedar"',
           "timezone", "没有 Asia/Greencedar 这个时区", "there is no time zone Asia/Greencedar"),
    Broken("a stage too few", 'kind = "circulation"', 'kind = "publicity"', "stage", "缺少步骤 circulation", "stage circulation is missing"),
    Broken("a key too many", "notice_days = 5", "notice_days = 5\nnotice_hours = 5", "notice_hours", "没有 notice_hours 这个键", "there is no key notice_hours"),
)  # fmt: skip

ALL = (*APART, *TABLES, *NAMES, *FORMATS, *READINGS, *PROCEDURE)
