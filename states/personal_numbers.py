"""Finds personal numbers and addresses in free text: phones, e-mail, identity cards, bank cards.

Pure. It does not find what an office writes every day: a document number 〔2021〕12号, a day, an amount, a period, a
hotline such as 12388. It cannot find a name; the forms ask people not to write one.
"""

# Why patterns with this many conditions: an entry cannot be taken back, so a number that slips through stays for ever;
# but a form that refuses ordinary text teaches people to write around it. Every pattern therefore demands what only a
# personal number has: a birthday, a check digit, an area code, a word such as 电话 before it.

from __future__ import annotations

import re
import unicodedata
from datetime import date

from .vocabulary import Text

_CANDIDATE = re.compile(r"@|\d(?:[-. )]{0,2}\d){6}")
"""Every pattern below needs seven digits or an @. Most texts have neither, and are done here."""

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣"), "-")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))

_MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[-. ]?\d{4}){2}(?!\d)")
# An area code has three digits for Beijing and other large cities (010, 02x), else four. A local number has seven or
# eight digits and does not begin with 0 or 1. Without a separator between the two it may be any serial number, so
# `_CALLED` then wants a word such as 电话 before it.
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
# Identity cards (GB 11643): 6 digits for the place, 8 for the birthday, 3 more and a check digit. Cards before 1999
# have 15 digits, the year in two. A number without a birthday is of another kind: a unified social credit code (GB
# 32100) has 18 characters, too.
_IDENTITY = re.compile(r"(?<!\d)\d{6}[- ]?(\d{8})[- ]?\d{3}[\dXx](?!\d)")
_OLD_IDENTITY = re.compile(r"(?<![\d.-])[1-9]\d{5}(\d{6})\d{3}(?![\d.-])")
_CARD_CANDIDATE = re.compile(r"(?<![\d.])(?:\d{16,19}|\d{4}(?:([- ])\d{4})(?:\1\d{4}){2}(?:\1\d{1,3})?)(?![\d.])")
_CARD = re.compile(r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|955\d{16}")
"""The first digits of bank cards issued in China: UnionPay, Visa, Mastercard, and some of ICBC."""

_PHONE_TITLE = Text(zh="电话号码", en="a phone number")
_MAIL_TITLE = Text(zh="电子邮箱地址", en="an email address")
_IDENTITY_TITLE = Text(zh="身份证号", en="an identity number")
_CARD_TITLE = Text(zh="银行卡号", en="a bank card number")


def personal_data_in(text: str) -> Text | None:
    """The first kind of personal data in the text, in words; None if there is none.

    Full-width digits and any dash count.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_DASHES)
    if not _CANDIDATE.search(plain):
        return None
    if _MAIL.search(plain):
        return _MAIL_TITLE
    if _contains_phone(plain):
        return _PHONE_TITLE
    born = [found[1] for found in _IDENTITY.finditer(plain)]
    born += [f"19{found[1]}" for found in _OLD_IDENTITY.finditer(plain)]
    if any(map(_is_date, born)):
        return _IDENTITY_TITLE
    return _CARD_TITLE if any(_is_card(found[0]) for found in _CARD_CANDIDATE.finditer(plain)) else None


def has_mobile(text: str) -> bool:
    """Whether an id contains the number of a mobile phone."""
    # The other patterns would match random ids by chance.
    return _MOBILE.search(text) is not None


def _contains_phone(plain: str) -> bool:
    called = (found[1] for found in _PHONE_AFTER_WORD.finditer(plain))
    return bool(_MOBILE.search(plain) or _LANDLINE.search(plain)) or any(not _is_date(number) for number in called)


_DATE_LENGTH = 8


def _is_card(run: str) -> bool:
    """Whether digits are a bank card's number, by their first digits and the check digit (ISO/IEC 7812-1, Luhn)."""
    digits = re.sub("[- ]", "", run)
    if not _CARD.fullmatch(digits):
        return False
    doubled = (sum(divmod(2 * int(one), 10)) for one in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _is_date(number: str) -> bool:
    """Whether eight digits are a day, such as 20261201.

    In an identity number they are a birthday; a local phone number is not one.
    """
    if len(number) != _DATE_LENGTH or not number.startswith(("19", "20")):
        return False
    try:
        date(int(number[:4]), int(number[4:6]), int(number[6:]))
    except ValueError:
        return False
    return True
