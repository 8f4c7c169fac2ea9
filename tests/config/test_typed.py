"""Numbers, days and times as people type them: read where one meaning is possible, else refused in one sentence."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from config import typed
from config.typed import Unclear

BOUNDED = settings(max_examples=200, deadline=None, database=None, derandomize=True)
AROUND = some.text(" \t\n\r\u3000\u00a0\u200b\ufeff", max_size=3)
"""What is pasted along with a value."""


def wide(text: str) -> str:
    """As a Chinese input method types it in full-width mode."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2.5", "2.5"), ("2。5", "2.5"), ("２。５", "2.5"), ("９．５", "9.5"), ("2｡5", "2.5"), ("90分", "90"), ("90 分", "90"),
        ("９０分", "90"), ("\u30009.5\u3000", "9.5"), ("9.5\r\n", "9.5"), ("\t9.5", "9.5"), ("１２", "12"), (".5", "0.5"), ("−1", "-1"), ("\ufeff7", "7"), ("007", "7"),
        ("\u200b2.\u200b5\u200b", "2.5"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_type_it(said: str, meant: str) -> None:
    assert typed.number(said) == Decimal(meant)


@pytest.mark.parametrize(
    "said",
    ["2,5", "2，5", "2,50", "12,3456", "1,200", "１，２００", "1,234", "1,234.5", "1,234,567", "2\u200b5", "1\ufeff0", "2\u200d.\u200d5\u20605", "2、5", "2 5", "2\t5", "2\n5", "2.", "2。", "2..5", "2.5.1", "1e3", "NaN", "Infinity", "-", "",
     "½", "5²", "②", "90%", "9/10", "九十", "l0", "2·5", "0x10", "٣", "1" * 30, "约90", "90分以上", "分"],
)  # fmt: skip
def test_what_may_be_several_numbers_or_none_is_refused_in_both_languages(said: str) -> None:
    with pytest.raises(Unclear) as caught:
        typed.number(said)
    assert re.search("[一-龥]", caught.value.why.zh)
    assert caught.value.why.en.isascii()


@BOUNDED
@given(number=some.decimals(0, 100, places=1), before=AROUND, after=AROUND, unit=some.sampled_from(["", "分", " 分"]))
def test_a_number_means_the_same_in_every_dress(number: Decimal, before: str, after: str, unit: str) -> None:
    plain = f"{number:f}"
    for dress in (plain, wide(plain), plain.replace(".", "。"), plain.replace(".", "．")):
        assert typed.number(f"{before}{dress}{unit}{after}") == number


@BOUNDED
@given(some.text("0123456789.。,， ０５．-+分e\n", max_size=8))
def test_no_digit_is_ever_lost_or_moved(said: str) -> None:
    """Whatever is read has the digits that were typed, in their order: `2。5` is never 25, nor `2,5`."""
    try:
        number = typed.number(said)
    except Unclear:
        return
    plain = typed.to_plain(said)
    separators = re.sub(r"[\d+分\s-]", "", plain).replace(",", "")
    assert len(separators) == (1 if number != number.to_integral_value() or "。" in plain or "." in plain else 0)
    assert re.sub(r"\D", "", plain).lstrip("0") == re.sub(r"\D", "", f"{number:f}").lstrip("0")


@pytest.mark.parametrize(
    ("said", "meant"), [("12", 12), ("１２", 12), ("12.0", 12), ("12人", 12), ("20 票", 20), ("-1", -1)]
)
def test_a_whole_number_is_read_as_people_type_it(said: str, meant: int) -> None:
    assert typed.whole_number(said) == meant


@pytest.mark.parametrize("said", ["2.5", "2。5", "2,5", "十二", "", "12 13"])
def test_what_is_no_whole_number_is_refused(said: str) -> None:
    with pytest.raises(Unclear):
        typed.whole_number(said)


@pytest.mark.parametrize(
    "said",
    [
        "2027-12-16", "2027年12月16日", "2027 年 12 月 16 日", "2027/12/16", "2027.12.16", "2027。12。16", "20271216",
        "２０２７－１２－１６", "２０２７年１２月１６日", "2027年12月16", "2027年12月16号", "\u30002027-12-16\n", "2027–12–16",
        "2027-12-16 00:00:00", "2027-12-16T00:00", "2027年12月16日（星期四）", "2027年12月16日(周四)", "2027-12-16 星期四",
        "二〇二七年十二月十六日", "二零二七年十二月十六日", "二○二七年十二月十六日", "2027/12/16 0:00:00",
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_type_it(said: str) -> None:
    assert typed.day(said) == date(2027, 12, 16)


@pytest.mark.parametrize(
    "said",
    ["12/16/2027", "05/06/2027", "16.12.2027", "27-12-16", "12月16日", "2027-12", "2027-02-30", "2027年13月1日", "2027-12-16 23:00",
     "2027-12-16T00:00Z", "2027年12月16日（星期五）", "2027-12-161", "0000-01-01", "二〇二七年一二月十六日", "二〇二七年十二月一六日", "二七年十二月十六日", "二〇二七年廿月一日", "2027-1\u200b2-16", "明天", "", "2027 12 16"],
)  # fmt: skip
def test_what_may_be_several_days_or_none_is_refused_in_both_languages(said: str) -> None:
    with pytest.raises(Unclear) as caught:
        typed.day(said)
    assert re.search("[一-龥]", caught.value.why.zh)
    assert caught.value.why.en.isascii()


@BOUNDED
@given(day=some.dates(date(1000, 1, 1)), before=AROUND, after=AROUND)
def test_a_day_means_the_same_in_every_dress(day: date, before: str, after: str) -> None:
    iso, parts = day.isoformat(), (day.year, day.month, day.day)
    dresses = [
        iso,
        wide(iso),
        iso.replace("-", "/"),
        iso.replace("-", "."),
        iso.replace("-", ""),
        "{}年{}月{}日".format(*parts),
    ]
    for dress in dresses:
        assert typed.day(f"{before}{dress}{after}") == day


@pytest.mark.parametrize(
    "said", ["09:30", "9:30", "０９：３０", "9点半", "9点30分", "9时30分", " 9：30 ", "9\u200b:30"]
)
def test_a_time_of_day_is_read_as_people_type_it(said: str) -> None:
    assert typed.time_of_day(said) == time(9, 30)


@pytest.mark.parametrize(
    "said", ["25:00", "9:5", "9：5", "9点5", "9:5分", "9:3\u200b0", "9:300", "9.30", "930", "下午3点", "", "9:60"]
)
def test_what_is_no_time_of_day_is_refused(said: str) -> None:
    with pytest.raises(Unclear):
        typed.time_of_day(said)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("a.b-c@gxu.edu.cn", "a.b-c@gxu.edu.cn"), (" ａ＠ｇｘｕ．ｅｄｕ．ｃｎ\u200b", "a@gxu.edu.cn"), ("A_1+x@qq.com", "A_1+x@qq.com")],
)  # fmt: skip
def test_a_mail_address_is_read_as_people_type_it(said: str, meant: str) -> None:
    assert typed.mail(said) == meant


@pytest.mark.parametrize(
    "said",
    ["样例@gxu.edu.cn", "a@样例.cn", "a b@gxu.edu.cn", "a@qq", "a@gxu..cn", "a@.cn", "a@gxu.edu.cn, b@qq.com", "a@gxu.edu.cn\nBcc: b@qq.com", "@qq.com", "a", "",
     f"{'a' * 65}@qq.com", f"a@{'a' * 252}.com"],
)  # fmt: skip
def test_what_no_mail_server_takes_is_refused_with_an_example_of_an_address(said: str) -> None:
    with pytest.raises(Unclear) as refused:
        typed.mail(said)
    assert "name@college.edu.cn" in refused.value.why.zh
    assert "name@college.edu.cn" in refused.value.why.en


@pytest.mark.parametrize(
    "said", ["甲、乙 b", "甲,乙 b", "甲，乙 b；", " 甲; 乙 b", "甲/乙 b", "甲／ 乙 b", "甲\r\n、乙 b\n"]
)
def test_a_list_is_parted_by_every_mark_that_people_write_between_parts(said: str) -> None:
    assert typed.listed_parts(said) == ("甲", "乙 b")


def test_an_empty_list_has_no_parts() -> None:
    assert typed.listed_parts(" 、，") == ()


@pytest.mark.parametrize(("said", "meant"), [("样 例", "样例"), ("样\u3000例", "样例"), ("样例·A B", "样例·A B")])
def test_a_name_is_read_without_the_space_that_spreads_it_out(said: str, meant: str) -> None:
    assert typed.person_name(said) == meant
