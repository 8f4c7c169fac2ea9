"""Numbers by which a person is reached or known are found in free text, and what an office writes every day is none of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from states.personal_data import has_mobile, personal_data_in

BOUNDED = settings(max_examples=300, deadline=None, database=None, derandomize=True)
BEFORE = some.sampled_from(["", "请致", "核实：", "联系人（", "见附件，", "2026年12月1日 ", "第3项；"])
AFTER = some.sampled_from(["", "。", "，请核实", "）", "；第二次党课没有签到", " 2026-12-01"])
DIGIT = some.integers(0, 9)


def digits(count: int) -> some.SearchStrategy[str]:
    return some.lists(DIGIT, min_size=count, max_size=count).map(lambda found: "".join(map(str, found)))


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def said(text: str) -> str:
    found = personal_data_in(text)
    return found.zh if found else ""


AREAS = some.sampled_from(["0772", "010", "021", "0755", "0771"])
LOCAL = some.tuples(some.integers(2, 9), some.one_of(digits(6), digits(7))).map(lambda parts: f"{parts[0]}{parts[1]}")


@BOUNDED
@given(BEFORE, AREAS, LOCAL, some.sampled_from(["{}-{}", "{} {}", "({}){}", "（{}）{}", "{}－{}", "{}—{}"]), AFTER)
def test_a_landline_with_its_area_code_is_found_however_it_is_written(
    before: str, area: str, local: str, form: str, after: str
) -> None:
    assert said(f"{before}{form.format(area, local)}{after}") == "电话号码"


@BOUNDED
@given(
    some.sampled_from(["电话", "座机：", "办公电话 ", "电话号码为", "致电", "Tel: ", "phone ", "传真："]),
    LOCAL,
    some.booleans(),
)
def test_a_number_that_is_called_a_phone_is_found_without_its_area_code(word: str, local: str, full: bool) -> None:
    if not local.startswith(("19", "20")):
        assert said(f"{word}{wide(local) if full else local}") == "电话号码"


@BOUNDED
@given(BEFORE, some.integers(3, 9), digits(4), digits(4), some.sampled_from(["", "-", " ", ".", "—"]), AFTER)
def test_a_mobile_is_found_however_it_is_grouped(
    before: str, second: int, one: str, other: str, gap: str, after: str
) -> None:
    number = f"1{second}8{gap}{one}{gap}{other}"
    for text in (number, wide(number), f"{number[:2]}\u200b{number[2:]}"):
        assert said(f"{before}{text}{after}") == "电话号码"


@BOUNDED
@given(
    BEFORE, some.from_regex(r"[a-z][a-z0-9._]{0,10}[a-z0-9]@[a-z0-9]{1,10}(\.[a-z]{2,5}){1,2}", fullmatch=True), AFTER
)
def test_a_mail_address_is_found(before: str, address: str, after: str) -> None:
    for text in (address, address.replace("@", "＠")):
        assert said(f"{before}{text}{after}") == "电子邮箱地址"


@BOUNDED
@given(BEFORE, some.dates(date(1930, 1, 1), date(1998, 12, 31)), digits(3), some.sampled_from("0123456789X"), AFTER)
def test_an_identity_number_of_either_length_is_found(
    before: str, born: date, serial: str, check: str, after: str
) -> None:
    new, old = f"450203{born:%Y%m%d}{serial}{check}", f"450203{born:%y%m%d}{serial}"
    for number in (new, wide(new), f"{new[:6]} {new[6:14]} {new[14:]}", old):
        assert said(f"{before}{number}{after}".replace(" 2026-12-01", "")) == "身份证号", number


def luhn(body: str) -> str:
    doubled = sum(sum(divmod(2 * int(one), 10)) for one in body[::-2]) + sum(map(int, body[-2::-2]))
    return body + str(-doubled % 10)


@BOUNDED
@given(
    BEFORE,
    some.sampled_from([("62", 13), ("62", 16), ("4", 14), ("52", 13), ("955", 15)]),
    some.data(),
    some.booleans(),
)
def test_a_bank_card_is_found_in_one_piece_and_in_groups(
    before: str, kind: tuple[str, int], data: some.DataObject, grouped: bool
) -> None:
    number = luhn(kind[0] + data.draw(digits(kind[1])))
    parts = [number[at : at + 4] for at in range(0, len(number), 4)]
    text = " ".join(parts) if grouped else number
    assert said(f"{before.strip()}卡号{text}。") in ("银行卡号", "电话号码", "身份证号")
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert said(f"号{wrong}。") != "银行卡号"


EVERYDAY = [
    "柳职院党字〔2021〕8号", "〔2021〕12号", "桂发〔2014〕19号文件第3条", "2026年12月31日", "20261231", "2026-12-31", "2026/12/31 09:30",
    "2026-12-01 至 2026-12-31", "2026-12-01—2026-12-31", "2026.12.01-2026.12.31", "20261201-20261231", "20261201 20261231", "金额 1234567.89 元",
    "合同金额 12,345,678.00 元", "3500000", "采购金额3156000元", "预算 31560000 元", "得分 89.995", "1380013800", "138001380001", "12388",
    "举报电话 12388", "电话会议 2 次", "电话会议20261201", "学习记录 2023 2024 2025 2026", "2026-0001-00012", "资产编号 00012345678",
    "凭证号 0772202600012", "发票代码 045002100111 号码 12345678", "ISBN 978-7-5600-1234-5", "统一社会信用代码 12450000498500000X",
    "GB/T 22239-2019", "第 1234567 号", "学号 20210301123", "参加 100/120 人", "9:30-11:30", "2026 年第 3-4 季度", "@全体人员", "@ 纪委办",
    "得票 19/19，满意 11（57.9%）", "档案号 2026-DQ11-0012", "K123456789", "3.1416926535", "房间 0101-0105", "05-12 至 06-30", "0.0001234567",
    "第 62 期简报第 12 页", "版本 10.0.22631.4317", "192.168.100.200", "共 1 234 567 份",
]  # fmt: skip


@pytest.mark.parametrize("text", EVERYDAY)
def test_what_an_office_writes_every_day_is_no_personal_number(text: str) -> None:
    assert personal_data_in(text) is None


@BOUNDED
@given(
    some.integers(2000, 2099),
    some.integers(1, 9999),
    some.dates(date(2000, 1, 1), date(2099, 12, 31)),
    some.decimals(0, 10**9, places=2),
)
def test_document_numbers_days_and_amounts_are_never_taken_for_personal_data(
    year: int, number: int, day: date, amount: Decimal
) -> None:
    for text in (
        f"样例党字〔{year}〕{number}号", f"[{year}]{number}号", f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{amount}元",
        f"{amount:,} 元", f"第{number}号", f"{day:%Y-%m-%d} 至 {day:%Y-%m-%d}", f"电话会议 {day:%Y%m%d}", f"{year}{number:04}",
    ):  # fmt: skip
        assert personal_data_in(text) is None, text


def test_an_id_is_asked_about_mobiles_alone() -> None:
    assert has_mobile("web/13800138000/x")
    assert not has_mobile("web/0312-4567-8901/a@b.cn")
