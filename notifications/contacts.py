"""Contacts: the accounts that receive notices outside the pages, each with its roles, language, channels and address.

Also here: which notices an account receives, among them the rule of recusal; and the reading of a contacts file.

An address is personal data. It is in the table `contact` or in the directory of people, where it can be changed and
erased, and never in the ledger.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import structs

from config.texts import UnreadableText, toml_of
from config.typed import MAIL_ADDRESS
from states.records.account import ADMINISTRATORS, Account
from states.user_errors import UserError
from states.vocabulary import Text
from storage.database.database import Database
from storage.people import Person
from storage.post.contacts import all_contacts
from storage.sign_in import accounts
from storage.tables.post import ContactRow

from .notices.notice import Notice

GROUP = "group"
"""The recipient of a robot's message. No account has this id."""

PERSONAL_CHANNELS = ("mail",)
"""The channels that reach one person. The others reach a group."""


class ContactsFileError(UserError):
    """The contacts file cannot be read, or a contact in it is wrong. `why` is the reason."""

    zh = "联系人文件 {file} 不能使用：{why}。未作任何更改；格式见 docs/operating.md。"
    en = "The contacts file {file} cannot be used: {why}. Nothing was changed; docs/operating.md has the format."


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account with the roles whose notices it receives, its department (None: it has none), and its preferences.

    The preferences are the language, the channels and the mail address.
    """

    account: str
    roles: tuple[str, ...]
    unit: str | None = None
    language: Literal["zh", "en"] = "zh"
    channels: tuple[str, ...] = ("mail",)
    email: str | None = None

    @property
    def accounts(self) -> frozenset[str]:
        """The account, and for a deputy those of the principals."""
        return frozenset({self.account})

    def receives(self, notice: Notice, successors: Collection[str] = (), person: str | None = None) -> bool:
        """Whether this account receives the notice. `successors`: the departments that succeeded that of the notice.

        `person`: the member of a team to whom the account belongs.

        - A notice to one account goes only to this account, and one to a member only to the account of that member.
        - Otherwise the account must have the role of the notice.
        - In the role `unit`, it receives the notices about its department and about those that its department
          succeeded.
        - In any other role, it receives all notices to the role. But it does not receive a notice that says how one of
          these departments is judged (decision 0034).
        """
        if notice.account is not None:
            return notice.account == self.account
        if notice.person is not None:
            return notice.person == person
        is_own = self.unit in (notice.unit, *successors)
        return notice.to in self.roles and (is_own if notice.to == "unit" else not (is_own and notice.judges))

    def address(self, channel: str, notice: Notice | None = None) -> str | None:
        """The account's address for a channel; None if it has none, or did not choose the channel.

        A `notice` to the account or its person is sent even if the account did not choose the channel. Only the channel
        `mail` has addresses.
        """
        is_chosen = channel in self.channels or (notice is not None and (notice.account or notice.person) is not None)
        return self.email if channel == "mail" and is_chosen else None

    def row(self) -> ContactRow:
        """The contact as a row of its table."""
        return ContactRow(
            account=self.account,
            roles=" ".join(self.roles),
            unit=self.unit,
            language=self.language,
            channels=" ".join(self.channels),
            email=self.email,
        )


class DeputyContact(Contact, frozen=True, kw_only=True):
    """A contact whose account is a deputy today: with the roles that each principal lends, and the principal's department.

    `principals`: their accounts.

    It receives a notice to a lent role if both the deputy and the principal may read it.
    """

    lent: tuple[tuple[frozenset[str], str | None], ...] = ()
    principals: tuple[str, ...] = ()

    @property
    def accounts(self) -> frozenset[str]:
        return frozenset({self.account, *self.principals})

    def receives(self, notice: Notice, successors: Collection[str] = (), person: str | None = None) -> bool:
        """As `Contact.receives`, also in the lent roles."""
        return super().receives(notice, successors, person) or any(
            all(
                structs.replace(self, roles=tuple(roles), unit=unit, lent=()).receives(notice, successors)
                for unit in (self.unit, principal_unit)
            )
            for roles, principal_unit in self.lent
        )


def contact_of_row(row: ContactRow) -> Contact:
    """The contact in a row of its table."""
    return Contact(
        account=row.account,
        roles=tuple(row.roles.split()),
        unit=row.unit,
        language="en" if row.language == "en" else "zh",
        channels=tuple(row.channels.split()),
        email=row.email,
    )


def contacts_of(database: Database, holders: Iterable[Account], people: Mapping[str, Person]) -> list[Contact]:
    """All contacts, and one for each of these accounts without one whose person has an address in the directory.

    So an address that the personnel office knows need not be typed again. What a holder chose on 我的账号 counts first,
    also to get no mail. `people`: the directory, by id.
    """
    contacts = [contact_of_row(row) for row in all_contacts(database)]
    with_own = {contact.account for contact in contacts}
    waiting = [one for one in holders if one.person and not one.closed and one.id not in with_own]
    if not waiting:
        return contacts
    languages = accounts.languages(database)
    for one in waiting:
        person = people.get(one.person or "")
        if person is not None and person.email:
            contact = Contact(
                account=one.id,
                roles=tuple(sorted(one.roles.difference(ADMINISTRATORS))),
                unit=one.unit,
                language="en" if languages.get(one.id) == "en" else "zh",
                email=person.email,
            )
            contacts.append(contact)
    return contacts


class _ContactsFile(msgspec.Struct, forbid_unknown_fields=True):
    contact: tuple[Contact, ...]


def read_contacts(path: Path, roles: Collection[str]) -> tuple[Contact, ...]:
    """Read the contacts of a TOML file, each under `[[contact]]`. Nothing is stored.

    `roles`: the roles of the rulebook. Raises `ContactsFileError` if the file cannot be read, or for the first contact
    that is wrong.
    """
    try:
        contacts = msgspec.convert(tomllib.loads(toml_of(path.read_bytes(), path.name)), _ContactsFile).contact
    except OSError as error:
        raise ContactsFileError(file=path.name, why=_UNREADABLE) from error
    except UnreadableText as error:
        raise ContactsFileError(file=path.name, why=error.why) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ContactsFileError(file=path.name, why=Text(zh=f"格式有误（{error}）", en=str(error))) from error
    accounts: set[str] = set()
    for contact in contacts:
        why = _fault_of(contact, roles, accounts)
        if why is not None:
            raise ContactsFileError(file=path.name, why=why)
        accounts.add(contact.account)
    return contacts


def _fault_of(contact: Contact, roles: Collection[str], earlier: set[str]) -> Text | None:
    """The first fault of a contact; None if it has none. `earlier`: the accounts of the contacts before it."""
    account = contact.account
    unknown = [role for role in contact.roles if role not in roles]
    other = [channel for channel in contact.channels if channel not in PERSONAL_CHANNELS]
    if not _ACCOUNT.fullmatch(account) or account == GROUP:
        return Text(zh=f"账号 {account!r} 不能用作账号", en=f"{account!r} cannot be an account")
    if account in earlier:
        return Text(zh=f"账号 {account} 出现两次", en=f"the account {account} is there twice")
    if not contact.roles or unknown:
        names = "、".join(unknown) or "（空）"
        return Text(zh=f"{account} 的角色 {names} 不在办法中", en=f"{account} has a role no rulebook has: {names}")
    if "unit" in contact.roles and not contact.unit:
        return Text(zh=f"{account} 代表部门，但未写 unit", en=f"{account} represents a department, but none is named")
    if other:
        return Text(zh=f"{account} 的渠道 {other[0]} 不是个人渠道", en=f"{other[0]} is no personal channel ({account})")
    if "mail" in contact.channels and not MAIL_ADDRESS.fullmatch(contact.email or ""):
        return Text(
            zh=f"{account} 选择邮件，但 email 缺失，或不是 name@college.edu.cn 这样的地址",
            en=f"{account} wants mail, but its email is missing or no address such as name@college.edu.cn",
        )
    return None


_ACCOUNT = re.compile(r"[a-z0-9._-]{1,64}")
"""The form of the id of an actor (`states/vocabulary.py`)."""
_UNREADABLE = Text(zh="文件无法读取", en="the file cannot be read")
