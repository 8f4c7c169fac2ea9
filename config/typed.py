"""Numbers, days and times as people type them, or paste them from Word, Excel and WPS: read where they can mean one thing only.

Pure. What can mean two things, or nothing, is `Unclear` with one sentence that says how to write it; nothing is ever guessed.
Full-width characters are the plain ones, and white space around a value is nothing. Only that is made plain: compatibility forms are
not (Unicode would make `5²` fifty-two).
"""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal

from states.vocabulary import Text

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_INVISIBLE: dict[int, None] = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_PARTED = re.compile(rf"[0-9][{''.join(map(chr, _INVISIBLE))}]+(?=[0-9])")
_PLAIN: dict[int, int | str] = {**_WIDE, **dict.fromkeys(map(ord, "−–—﹣"), "-"), ord("｡"): "。"}

# A Chinese input method writes 。 where the key of the full stop is struck. Between two digits it can end no sentence: it is the
# decimal point. A comma may be a decimal comma, part thousands, or part two numbers: 1,234 is 1.234 to some, and no office is asked for thousands.
_NUMBER = re.compile(r"([+-]?)([0-9]+)?(?:[.。]([0-9]+))?")
_UNIT = re.compile(r"\s*(?:分|人|名|位|票|张|份|件|次|个|项)$")
_LONGEST = 15
"""Digits: more are no number anybody types here."""

_DAY = re.compile(
    r"([0-9]{4})(?:年|[-/.。])([0-9]{1,2})(?:月|[-/.。])([0-9]{1,2})(?:日|号)?|([0-9]{4})([0-9]{2})([0-9]{2})"
)
_WEEKDAY = re.compile(r"[(]?(?:星期|周|礼拜)([一二三四五六日天])[)]?$")
_MIDNIGHT = re.compile(r"[T ]\s*0{1,2}:00(?::00(?:\.0+)?)?$")
_WEEKDAYS = "一二三四五六日"
_DIGITS = "〇一二三四五六七八九"
_NUMERALS = f"{_DIGITS}零○十廿卅"
# After a colon minutes have two digits: 9:5 may be five past nine, or 9:50 not finished. 9点5分 says which.
_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{2})|(?:点|时)(?:([0-9]{2})|([0-9]{1,2})分|(半)|整)?)")


class Unclear(ValueError):
    """What was typed can mean several things, or nothing. `why` says how to write it, as part of a sentence."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.why = Text(zh=zh, en=en)


class UnclearComma(Unclear):
    """A number with a comma, which means one thing in one country and another in the next."""


def number(typed: str) -> Decimal:
    """A number: `2.5`, `２．５`, `2。5`, `90分`. Unclear: `2,5`, `1,234`, `2.`, `1e3`, `½`, two numbers."""
    plain = _UNIT.sub("", plainly(typed))
    found = _NUMBER.fullmatch(plain)
    if found is None or not (found[2] or found[3]):
        if re.fullmatch(r"[+-]?[0-9]+(?:,[0-9]+)+(?:[.。][0-9]+)?", plain):
            raise UnclearComma(
                "逗号可能是小数点、千位分隔，也可能隔开两个数；请不写逗号，如 2.5、1234",
                "a comma may be a decimal point, part thousands or part two numbers; write it without, as 2.5 or 1234",
            )
        raise Unclear("应为数字，如 9 或 2.5", "it must be a number, such as 9 or 2.5")
    whole_part, decimals = found[2] or "0", found[3] or ""
    if len(whole_part) + len(decimals) > _LONGEST:
        raise Unclear("数字过长", "the number is too long")
    return Decimal(f"{found[1]}{whole_part}" + (f".{decimals}" if decimals else ""))


def whole(typed: str) -> int:
    """A whole number: `12`, `１２`, `12人`, `12.0` as Excel writes it. Unclear for any other."""
    try:
        found = number(typed)
    except UnclearComma:
        raise
    except Unclear:
        raise Unclear("应为整数，如 12", "it must be a whole number, such as 12") from None
    if found != found.to_integral_value():
        raise Unclear("应为整数，如 12", "it must be a whole number, such as 12")
    return int(found)


def day(typed: str) -> date:
    """A day, its year first: `2027-12-16`, `2027/12/16`, `2027.12.16`, `20271216`, `2027年12月16日（星期四）`, `二〇二七年十二月十六日`.

    Unclear for a day without a year or with the year last (`05/06/2027` is two days), and for one that no calendar has.
    """
    text = re.sub(r"\s*([年月日号/.。(-])\s*", r"\1", plainly(typed))
    weekday = _WEEKDAY.search(text)
    text = _MIDNIGHT.sub("", text[: weekday.start()].rstrip() if weekday else text)
    found = _DAY.fullmatch(_in_digits(text))
    if found is None:
        raise Unclear(
            "日期应形如 2026-11-20，年份在前、写四位", "a date looks like 2026-11-20: the year first, in four digits"
        )
    year, month, number_ = (int(part) for part in found.groups() if part is not None)
    try:
        made = date(year, month, number_)
    except ValueError:
        raise Unclear(
            f"没有 {year} 年 {month} 月 {number_} 日这一天", f"there is no day {year}-{month:02}-{number_:02}"
        ) from None
    if weekday and _WEEKDAYS[made.weekday()] != weekday[1].replace("天", "日"):
        on = _WEEKDAYS[made.weekday()]
        raise Unclear(f"{made} 是星期{on}，与所写的星期不符", f"{made} is not the day of the week that is written")
    return made


def moment(typed: str) -> time:
    """A time of day, to the minute, of twenty-four hours: `9:30`, `09：30`, `9点半`, `9点5分`, `14时30分`. Unclear for any other, as `9:5`."""
    plain = re.sub(r"\s*([:点时分])\s*", r"\1", plainly(typed))
    found = _TIME.fullmatch(plain)
    if found is None and re.fullmatch(r"[0-9]{1,2}[:点时][0-9]", plain):
        raise Unclear("分钟应写两位，如 09:05、09:50", "minutes have two digits, as 09:05 or 09:50")
    hour, minute = (int(found[1]), 30 if found[5] else int(found[2] or found[3] or found[4] or 0)) if found else (24, 0)
    if hour >= 24 or minute >= 60:
        raise Unclear("时间应形如 09:30", "a time looks like 09:30")
    return time(hour, minute)


def plainly(typed: str) -> str:
    """What was typed with full-width characters made plain, and without white space around it, invisible characters and NUL.

    Unclear for an invisible character between two digits: it may part two numbers, and nobody sees it.
    """
    plain = typed.translate(_PLAIN).replace("\0", "").strip()
    if _PARTED.search(plain):
        raise Unclear(
            "数字之间有看不见的字符（多由粘贴带入），请删去后重新输入",
            "there is an invisible character between two digits, probably pasted; delete it and type it again",
        )
    return plain.translate(_INVISIBLE).strip()


def _in_digits(text: str) -> str:
    """A day in Chinese numerals, written in digits; any other text as it is. Raises Unclear for a wrong numeral: 一二月 may be 十二月 or two months."""
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
    return f"{''.join(str(_DIGITS.index(one)) for one in year)}年{month}月{day_}日"


def _below_hundred(numeral: str) -> int:
    """十六 is 16, 二十 is 20; 0 for what is no numeral, as 一二."""
    found = re.fullmatch(r"([一二三四五六七八九]?)(十?)([一二三四五六七八九]?)", numeral)
    if found is None or (found[1] and found[3] and not found[2]):
        return 0
    tens = (_DIGITS.index(found[1]) if found[1] else 1) if found[2] else 0
    ones = _DIGITS.index(found[3] or ("" if found[2] else found[1]) or "〇")
    return tens * 10 + ones
