"""Finds personal data in free text and in ids: phone numbers, e-mail addresses, identity and bank card numbers.

It does not report ordinary numbers: a document number 〔2021〕12号, a date, an amount, a period, a hotline such as 12388.
It cannot find a name; the forms ask people not to write one.
"""

# Why the patterns have so many conditions: an entry cannot be taken back, so a number that is overlooked stays for
# ever. But a form that refuses ordinary text teaches people to write around it. So every pattern requires something
# that only personal numbers have: a date of birth, a check digit, an area code, a word such as 电话 before the number.

from __future__ import annotations

import re
import unicodedata
from datetime import date

from .vocabulary import Text

_CANDIDATE = re.compile(r"@|\d(?:[-. )]{0,2}\d){6}")
"""Every pattern below needs seven digits or an @. Most texts have neither and need no other search."""

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣"), "-")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))

_MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[-. ]?\d{4}){2}(?!\d)")
# The area codes of Beijing and other large cities have three digits (010, 02x), all others four. A local number has
# seven or eight digits and does not begin with 0 or 1. Without a separator, the two may be any serial number, so
# `_PHONE_AFTER_WORD` then requires a word such as 电话 before it.
_AREA = r"0(?:10|2\d|[3-9]\d{2})"
_LOCAL = r"[2-9]\d{2,3}[- ]?\d{4}"
_LANDLINE = re.compile(
    rf"(?<![\dA-Za-z.-])(?:\({_AREA}\) ?|{_AREA}[- ]|\+86[- ]?\(?0?(?:10|2\d|[3-9]\d{{2}})\)?[- ]?){_LOCAL}(?![\d.])"
)
_PHONE_AFTER_WORD = re.compile(
    r"(?:电话|座机|传真|致电|手机|(?<![a-z])(?:tel|phone|telephone|call|fax))"
    rf"(?:号码|号)?(?:是|为)?[ :.,(]{{0,3}}((?:{_AREA})?{_LOCAL})(?![\d年./-])",
    re.IGNORECASE,
)
# Identity cards (GB 11643): 6 digits for the place, 8 for the date of birth, 3 more and a check digit. Cards before
# 1999 have 15 digits, with two for the year. Without a valid date of birth it is no identity number: a unified social
# credit code (GB 32100) also has 18 characters.
_IDENTITY = re.compile(r"(?<!\d)\d{6}[- ]?(\d{8})[- ]?\d{3}[\dXx](?!\d)")
_OLD_IDENTITY = re.compile(r"(?<![\d.-])[1-9]\d{5}(\d{6})\d{3}(?![\d.-])")
_CARD_CANDIDATE = re.compile(r"(?<![\d.])(?:\d{16,19}|\d{4}(?:([- ])\d{4})(?:\1\d{4}){2}(?:\1\d{1,3})?)(?![\d.])")
_CARD = re.compile(r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|955\d{16}")
"""The numbers of bank cards issued in China, by first digits and length: UnionPay, Visa, Mastercard, some of ICBC."""

_PHONE_TITLE = Text(zh="电话号码", en="a phone number")
_MAIL_TITLE = Text(zh="电子邮箱地址", en="an email address")
_IDENTITY_TITLE = Text(zh="身份证号", en="an identity number")
_CARD_TITLE = Text(zh="银行卡号", en="a bank card number")
_DATE_LENGTH = 8


def personal_data_in(text: str) -> Text | None:
    """The name of the first kind of personal data in the text; None if the text has no personal data.

    Full-width digits are read as digits, and every kind of dash as a hyphen.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_DASHES)
    if not _CANDIDATE.search(plain):
        return None
    if _MAIL.search(plain):
        return _MAIL_TITLE
    if _contains_phone(plain):
        return _PHONE_TITLE
    birth_dates = [match[1] for match in _IDENTITY.finditer(plain)]
    birth_dates += [f"19{match[1]}" for match in _OLD_IDENTITY.finditer(plain)]
    if any(map(_is_date, birth_dates)):
        return _IDENTITY_TITLE
    return _CARD_TITLE if any(_is_card(match[0]) for match in _CARD_CANDIDATE.finditer(plain)) else None


def has_mobile(id_: str) -> bool:
    """Whether an id contains a mobile phone number."""
    # The other patterns would match random ids by chance.
    return _MOBILE.search(id_) is not None


def _contains_phone(plain: str) -> bool:
    numbers = (match[1] for match in _PHONE_AFTER_WORD.finditer(plain))
    return bool(_MOBILE.search(plain) or _LANDLINE.search(plain)) or any(not _is_date(number) for number in numbers)


def _is_card(number: str) -> bool:
    """Whether a number is a bank card number, by its first digits and its check digit (ISO/IEC 7812-1, Luhn)."""
    digits = re.sub("[- ]", "", number)
    if not _CARD.fullmatch(digits):
        return False
    doubled_digits = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled_digits) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _is_date(number: str) -> bool:
    """Whether a number is a date of eight digits, such as 20261201.

    Part of an identity number must be a date of birth. Eight digits after a word such as 电话 are no phone number if they
    are a date.
    """
    if len(number) != _DATE_LENGTH or not number.startswith(("19", "20")):
        return False
    try:
        date(int(number[:4]), int(number[4:6]), int(number[6:]))
    except ValueError:
        return False
    return True
