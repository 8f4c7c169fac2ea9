"""Contacts: which account receives the notices to a role, in which language, by which channels; and the file they are read from.

An address is personal data: it is in the table `contact`, which can be changed and erased, and never in the ledger.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from config.settings import MAIL_ADDRESS
from config.texts import UnreadableText, toml_of
from states.user_errors import UserError
from states.vocabulary import Text
from storage.tables.post import ContactRow

from .notices.notice import Notice

GROUP = "group"
"""The recipient of a robot's message; no account has this id."""

PERSONAL_CHANNELS = ("mail",)
"""The channels that reach one person; what the others reach is a group."""


class ContactsFileError(UserError):
    """The contacts file cannot be used as it is."""

    zh = "联系人文件 {file} 不能使用：{why}。未作任何更改；格式见 docs/operating.md。"
    en = "The contacts file {file} cannot be used: {why}. Nothing was changed; docs/operating.md has the format."


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account, the roles whose notices it receives, its department if it belongs to one, and its preferences."""

    account: str
    roles: tuple[str, ...]
    unit: str | None = None
    language: Literal["zh", "en"] = "zh"
    channels: tuple[str, ...] = ("mail",)
    email: str | None = None

    def receives(self, notice: Notice, heirs: Collection[str] = ()) -> bool:
        """Whether this notice is for this account. A department receives what is about itself and about the retired ones it succeeds.

        Nobody receives in another role a notice on how their own department is judged (decision 0034).
        """
        if notice.account is not None:
            return notice.account == self.account
        is_own = self.unit in (notice.unit, *heirs)
        return notice.to in self.roles and (is_own if notice.to == "unit" else not (is_own and notice.judges))

    def address(self, channel: str, notice: Notice | None = None) -> str | None:
        """The account's address for a channel; None if it has none or does not want it. What concerns the account itself is always sent."""
        wanted = channel in self.channels or (notice is not None and notice.account is not None)
        return self.email if channel == "mail" and wanted else None

    def row(self) -> ContactRow:
        """The contact as its table has it."""
        return ContactRow(
            account=self.account, roles=" ".join(self.roles), unit=self.unit, language=self.language,
            channels=" ".join(self.channels), email=self.email,
        )  # fmt: skip


def contact_of_row(row: ContactRow) -> Contact:
    """The contact of a row."""
    return Contact(
        account=row.account, roles=tuple(row.roles.split()), unit=row.unit,
        language="en" if row.language == "en" else "zh", channels=tuple(row.channels.split()), email=row.email,
    )  # fmt: skip


class _ContactsFile(msgspec.Struct, forbid_unknown_fields=True):
    contact: tuple[Contact, ...]


def read_contacts(path: Path, roles: Mapping[str, object]) -> tuple[Contact, ...]:
    """The contacts of a TOML file, each `[[contact]]`. Raises `ContactsFileError` naming the first that cannot be used."""
    try:
        found = msgspec.convert(tomllib.loads(toml_of(path.read_bytes(), path.name)), _ContactsFile).contact
    except OSError as error:
        raise ContactsFileError(file=path.name, why=_UNREAD) from error
    except UnreadableText as error:
        raise ContactsFileError(file=path.name, why=error.why) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ContactsFileError(file=path.name, why=Text(zh=f"格式有误（{error}）", en=str(error))) from error
    seen: set[str] = set()
    for one in found:
        why = _fault_of(one, roles, seen)
        if why is not None:
            raise ContactsFileError(file=path.name, why=why)
        seen.add(one.account)
    return found


def _fault_of(one: Contact, roles: Mapping[str, object], seen: set[str]) -> Text | None:
    """What is wrong with a contact; None if nothing is."""
    unknown = [role for role in one.roles if role not in roles]
    other = [channel for channel in one.channels if channel not in PERSONAL_CHANNELS]
    if not _ACCOUNT.fullmatch(one.account) or one.account == GROUP:
        return Text(zh=f"账号 {one.account!r} 不能用作账号", en=f"{one.account!r} cannot be an account")
    if one.account in seen:
        return Text(zh=f"账号 {one.account} 出现两次", en=f"the account {one.account} is there twice")
    if not one.roles or unknown:
        named = "、".join(unknown) or "（空）"
        return Text(
            zh=f"{one.account} 的角色 {named} 不在办法中", en=f"{one.account} has a role no rulebook has: {named}"
        )
    if "unit" in one.roles and not one.unit:
        return Text(
            zh=f"{one.account} 代表部门，但未写 unit", en=f"{one.account} represents a unit, but no unit is given"
        )
    if other:
        return Text(
            zh=f"{one.account} 的渠道 {other[0]} 不是个人渠道", en=f"{other[0]} is no personal channel ({one.account})"
        )
    if "mail" in one.channels and not MAIL_ADDRESS.fullmatch(one.email or ""):
        return Text(
            zh=f"{one.account} 选择邮件，但 email 缺失或有误",
            en=f"{one.account} wants mail, but its email is missing or wrong",
        )
    return None


_ACCOUNT = re.compile(r"[a-z0-9._-]{1,64}")
"""As an actor's id is (`states/vocabulary.py`)."""
_UNREAD = Text(zh="文件无法读取", en="the file cannot be read")
