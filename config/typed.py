"""Reads numbers, days and times of day that people type, or paste from Word, Excel and WPS; and what they search for.

Nothing is guessed. A value that can mean two things, or nothing, raises `Unclear` with a sentence that says how to
write it. Full-width characters count as plain ones; white space around a value is ignored.
"""

# `unicodedata.normalize("NFKC", …)` is not used: it would turn `5²` into 52.

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal

from states.vocabulary import Text

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_INVISIBLE: dict[int, None] = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_HIDDEN_SEPARATOR = re.compile(rf"[0-9][{''.join(map(chr, _INVISIBLE))}]+(?=[0-9])")
_PLAIN: dict[int, int | str] = {**_WIDE, **dict.fromkeys(map(ord, "−–—﹣"), "-"), ord("｡"): "。"}
_SEARCHED = {**_PLAIN, **_INVISIBLE, **dict.fromkeys(map(ord, "〔【"), "["), **dict.fromkeys(map(ord, "〕】"), "]")}

# A Chinese input method writes 。 for the key of the full stop. Between two digits it cannot end a sentence, so it is
# the decimal point. A comma is not accepted: it may be a decimal comma, separate thousands, or separate two numbers.
_NUMBER = re.compile(r"([+-]?)([0-9]+)?(?:[.。]([0-9]+))?")
_UNIT = re.compile(r"\s*(?:分|人|名|位|票|张|份|件|次|个|项)$")
_LONGEST = 15
"""The largest number of digits in a number."""

_DAY = re.compile(
    r"([0-9]{4})(?:年|[-/.。])([0-9]{1,2})(?:月|[-/.。])([0-9]{1,2})(?:日|号)?|([0-9]{4})([0-9]{2})([0-9]{2})"
)
_WEEKDAY = re.compile(r"[(]?(?:星期|周|礼拜)([一二三四五六日天])[)]?$")
_MIDNIGHT = re.compile(r"[T ]\s*0{1,2}:00(?::00(?:\.0+)?)?$")
_WEEKDAYS = "一二三四五六日"
_DIGITS = "〇一二三四五六七八九"
_NUMERALS = f"{_DIGITS}零○十廿卅"
# After a colon the minutes have two digits: 9:5 may be five past nine, or an unfinished 9:50. 9点5分 is clear.
_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{2})|(?:点|时)(?:([0-9]{2})|([0-9]{1,2})分|(半)|整)?)")

_SEPARATORS = re.compile(r"[、,，;；/／\n]")
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,255}\Z)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""A mail address that every mail server takes: of ASCII characters, and its domain has a dot."""


class Unclear(ValueError):
    """A typed value can mean several things, or nothing. `why` is part of a sentence and says how to write it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.why = Text(zh=zh, en=en)


class UnclearComma(Unclear):
    """A number with a comma, which means different things in different countries."""


def number(typed: str) -> Decimal:
    """A number: `2.5`, `２．５`, `2。5`, `90分`.

    Raises `Unclear` for `2,5`, `1,234`, `2.`, `1e3`, `½`, two numbers and anything else.
    """
    plain = _UNIT.sub("", to_plain(typed))
    match = _NUMBER.fullmatch(plain)
    if match is None or not (match[2] or match[3]):
        if re.fullmatch(r"[+-]?[0-9]+(?:,[0-9]+)+(?:[.。][0-9]+)?", plain):
            raise UnclearComma(
                "逗号可能是小数点、千位分隔，也可能隔开两个数；请不写逗号，如 2.5、1234",
                "a comma may be a decimal point, part thousands or part two numbers; write it without, as 2.5 or 1234",
            )
        raise Unclear("应为数字，如 9 或 2.5", "it must be a number, such as 9 or 2.5")
    whole_part, decimals = match[2] or "0", match[3] or ""
    if len(whole_part) + len(decimals) > _LONGEST:
        raise Unclear("数字过长", "the number is too long")
    return Decimal(f"{match[1]}{whole_part}" + (f".{decimals}" if decimals else ""))


def whole_number(typed: str) -> int:
    """A whole number: `12`, `１２`, `12人`, or `12.0` (from Excel). Raises `Unclear` for anything else."""
    try:
        value = number(typed)
    except UnclearComma:
        raise
    except Unclear:
        raise Unclear("应为整数，如 12", "it must be a whole number, such as 12") from None
    if value != value.to_integral_value():
        raise Unclear("应为整数，如 12", "it must be a whole number, such as 12")
    return int(value)


def day(typed: str) -> date:
    """A date, its year first: `2027-12-16`, `2027/12/16`, `20271216`, `2027年12月16日（星期四）`, `二〇二七年十二月十六日`.

    Raises `Unclear` for a date without a year, a date with the year last (`05/06/2027` can be two days), and a date
    that does not exist or is not on the day of the week written with it.
    """
    text = re.sub(r"\s*([年月日号/.。(-])\s*", r"\1", to_plain(typed))
    weekday = _WEEKDAY.search(text)
    text = _MIDNIGHT.sub("", text[: weekday.start()].rstrip() if weekday else text)
    match = _DAY.fullmatch(_in_digits(text))
    if match is None:
        raise Unclear(
            "日期应形如 2026-11-20，年份在前、写四位", "a date looks like 2026-11-20: the year first, in four digits"
        )
    year, month, day_ = (int(part) for part in match.groups() if part is not None)
    try:
        value = date(year, month, day_)
    except ValueError:
        raise Unclear(
            f"没有 {year} 年 {month} 月 {day_} 日这一天", f"there is no day {year}-{month:02}-{day_:02}"
        ) from None
    if weekday and _WEEKDAYS[value.weekday()] != weekday[1].replace("天", "日"):
        weekday_name = _WEEKDAYS[value.weekday()]
        raise Unclear(
            f"{value} 是星期{weekday_name}，与所写的星期不符", f"{value} is not the day of the week that is written"
        )
    return value


def time_of_day(typed: str) -> time:
    """A time of day in hours (0 to 23) and minutes: `9:30`, `09：30`, `9点半`, `9点5分`, `14时30分`.

    Raises `Unclear` for `9:5` and anything else.
    """
    plain = re.sub(r"\s*([:点时分])\s*", r"\1", to_plain(typed))
    match = _TIME.fullmatch(plain)
    if match is None and re.fullmatch(r"[0-9]{1,2}[:点时][0-9]", plain):
        raise Unclear("分钟应写两位，如 09:05、09:50", "minutes have two digits, as 09:05 or 09:50")
    hour, minute = (int(match[1]), 30 if match[5] else int(match[2] or match[3] or match[4] or 0)) if match else (24, 0)
    if hour >= 24 or minute >= 60:
        raise Unclear("时间应形如 09:30", "a time looks like 09:30")
    return time(hour, minute)


def phone(typed: str) -> str:
    """A telephone number in digits, with or without + before them. Raises `Unclear` for anything else."""
    plain = re.sub(r"[\s-]", "", to_plain(typed))
    if not re.fullmatch(r"\+?\d{7,15}", plain):
        raise Unclear("不是电话号码", "this is not a phone number")
    return plain


def mail(typed: str) -> str:
    """A mail address (`MAIL_ADDRESS`). Raises `Unclear` for anything else. Whether anybody reads it is not known."""
    plain = to_plain(typed)
    if not MAIL_ADDRESS.fullmatch(plain):
        raise Unclear(
            "应为一个邮箱地址，形如 name@college.edu.cn，不含汉字和空格",
            "it must be one email address, such as name@college.edu.cn, without Chinese characters and spaces",
        )
    return plain


def listed_parts(typed: str) -> tuple[str, ...]:
    """The parts of a list in one field or cell, without empty ones: `a、b`, `a，b`, `a; b`, `a/b`, one in each line."""
    return tuple(part.strip() for part in _SEPARATORS.split(typed) if part.strip())


def person_name(typed: str) -> str:
    """A name of a person without the space that spreads its characters out: 张三 for `张 三`."""
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", typed)


def to_plain(typed: str) -> str:
    """The typed text with plain characters for full-width ones, without outer white space and invisible characters.

    Raises `Unclear` for an invisible character between two digits: it may separate two numbers.
    """
    plain = typed.translate(_PLAIN).replace("\0", "").strip()
    if _HIDDEN_SEPARATOR.search(plain):
        raise Unclear(
            "数字之间有看不见的字符（多由粘贴带入），请删去后重新输入",
            "there is an invisible character between two digits, probably pasted; delete it and type it again",
        )
    return plain.translate(_INVISIBLE).strip()


def to_searchable(text: str) -> str:
    """A text as searches compare it: plain and small letters, one kind of bracket, no invisible characters."""
    return text.translate(_SEARCHED).casefold()


def _in_digits(text: str) -> str:
    """A date in Chinese numerals as a date in digits; any other text unchanged.

    Raises `Unclear` for a wrong numeral, such as 一二月.
    """
    parts = re.fullmatch(rf"([{_NUMERALS}]+)年([{_NUMERALS}]+)月([{_NUMERALS}]+)[日号]", text)
    if parts is None:
        return text
    year = parts[1].replace("零", "〇").replace("○", "〇")
    month, day_ = _below_hundred(parts[2]), _below_hundred(parts[3])
    if len(year) != len("二〇二七") or not set(year) <= set(_DIGITS) or not month or not day_:
        raise Unclear(
            "中文数字的日期应形如 二〇二七年十二月十六日，也可写成 2027-12-16",
            "a date in Chinese numerals is not of its form; write it as 2027-12-16",
        )
    return f"{''.join(str(_DIGITS.index(digit)) for digit in year)}年{month}月{day_}日"


def _below_hundred(numeral: str) -> int:
    """The value of a numeral below 100: 16 for 十六, 20 for 二十; 0 for a text that is not a numeral, such as 一二."""
    match = re.fullmatch(r"([一二三四五六七八九]?)(十?)([一二三四五六七八九]?)", numeral)
    if match is None or (match[1] and match[3] and not match[2]):
        return 0
    tens = (_DIGITS.index(match[1]) if match[1] else 1) if match[2] else 0
    ones = _DIGITS.index(match[3] or ("" if match[2] else match[1]) or "〇")
    return tens * 10 + ones
