"""`kaohe contacts`: replaces all contacts by those of a file, and lists them.

A contact is an account that receives the notices to its roles.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.engine import open_engine
from console.cli.options import DatabaseUrl, Lang
from console.cli.screen import on_screen
from console.display_names import read_display_names
from notifications.contacts import contact_of_row, read_contacts
from states.accounts.account import OPERATOR
from states.vocabulary import Text
from storage.post.contacts import all_contacts
from workflow import wiring
from workflow.contacts import replace_contacts


def import_contacts(
    file: Annotated[Path, typer.Argument(), Text(zh="联系人文件（TOML）", en="File of contacts (TOML)")],
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        edition = default_edition(Settings().rulebook)
        contacts = read_contacts(file, {role.key for role in edition.rulebook.role})
        with open_engine(url, edition) as engine:
            replace_contacts(engine, [contact.row() for contact in contacts], OPERATOR)
        screen.say(f"已导入联系人 {len(contacts)} 位。", f"{len(contacts)} contacts imported.", "green")


def list_contacts(url: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        settings = Settings()
        rulebook = default_edition(settings.rulebook).rulebook
        with wiring.open_database(url or settings.database, read_only=True) as database:
            contacts = [contact_of_row(row) for row in all_contacts(database)]
            display_names = read_display_names(database, rulebook, screen.language)
        table = screen.table(
            ("联系人", "Contacts"),
            ("账号", "Account"),
            ("角色", "Roles"),
            ("部门", "Department"),
            ("语言", "Language"),
            ("渠道", "Channels"),
            ("邮箱", "Email"),
        )
        for contact in contacts:
            roles = screen.pick("、", ", ").join(map(display_names.recipient, contact.roles))
            unit = display_names.unit(contact.unit) if contact.unit else "—"
            table.add_row(
                contact.account, roles, unit, contact.language, " ".join(contact.channels), contact.email or "—"
            )
        screen.console.print(table)
