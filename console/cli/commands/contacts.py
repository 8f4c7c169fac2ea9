"""`kaohe all_contacts`: who receives the letters of each role."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.clock import SystemClock
from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.options import DatabaseUrl, Lang
from console.cli.screen import on_screen
from console.display_names import names
from notifications.contacts import contact_of_row, read_contacts
from states.accounts.account import OPERATOR
from states.vocabulary import Text
from storage.post.contacts import all_contacts
from workflow import wiring
from workflow.contacts import replace


def import_contacts(
    file: Annotated[Path, typer.Argument(), Text(zh="联系人文件（TOML）", en="File of all_contacts (TOML)")],
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        settings = Settings()
        edition = default_edition(settings.rulebook)
        found = read_contacts(file, {role.key: role for role in edition.rulebook.role})
        with wiring.compose_engine(database or settings.database, SystemClock(), edition) as engine:
            replace(engine, [one.row() for one in found], OPERATOR)
        screen.say(f"已导入联系人 {len(found)} 位。", f"{len(found)} all_contacts imported.", "green")


def list_contacts(database: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        settings = Settings()
        rulebook = default_edition(settings.rulebook).rulebook
        with wiring.open_database(database or settings.database, read_only=True) as opened:
            found = [contact_of_row(row) for row in all_contacts(opened)]
            called = names(opened, rulebook, screen.language)
        table = screen.table(
            ("联系人", "Contacts"), ("账号", "Account"), ("角色", "Roles"), ("部门", "Department"), ("语言", "Language"),
            ("渠道", "Channels"), ("邮箱", "Email"),
        )  # fmt: skip
        for one in found:
            roles = screen.pick("、", ", ").join(map(called.recipient, one.roles))
            unit = called.unit(one.unit) if one.unit else "—"
            table.add_row(one.account, roles, unit, one.language, " ".join(one.channels), one.email or "—")
        screen.console.print(table)
