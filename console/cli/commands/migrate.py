"""`kaohe migrate`: makes the database, or brings its schema up to this release.

If there is a vault key, it also encrypts the personal data that is still plain text.
"""

from __future__ import annotations

from config.settings import Settings
from console.cli.options import DatabaseUrl, Lang
from console.cli.screen import on_screen
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.vault.vault import encrypt_plain_text
from workflow import wiring


def migrate(url: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        url = url or Settings().database
        with wiring.with_key(Database.create(url), wiring.find_vault_key(url)) as database:
            if isinstance(database.key, MasterKey):
                encrypt_plain_text(database, database.key)
            screen.say(f"库结构已就绪：{database.url}", f"The schema is up to date: {database.url}", "green")
