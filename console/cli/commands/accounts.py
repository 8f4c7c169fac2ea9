"""`kaohe init` appoints the three administrators; `kaohe account link` issues a one-time link for one account.

`kaohe init` also gives a new database its vault key, and issues a link for each administrator. It refuses if there is
an account. Not here: other accounts, which the administrators open on the web pages.
"""

from __future__ import annotations

from typing import Annotated

import typer

from config.settings import Settings
from console.cli.engine import open_engine
from console.cli.options import LOOPBACK, PORT, DatabaseUrl, Lang
from console.cli.screen import Screen, on_screen
from console.web import credentials
from console.web.command_ids import new_id
from states.accounts.account import OPERATOR, ROLE_TITLES
from states.records.account import ADMINISTRATORS
from states.vocabulary import Text
from storage.sign_in import accounts
from workflow import wiring
from workflow.administrators import appoint
from workflow.engine import Engine

from .vault import lock_new_database


def init(url: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        settings = Settings()
        with open_engine(url) as engine:
            if accounts.count(engine.ledger.database):
                screen.say(
                    "已有账号，无需再次启用。管理员忘记密码请用 kaohe account link 账号。",
                    "There are accounts already. If an administrator has forgotten the password: `kaohe account link ID`.",
                    "yellow",
                )
                raise typer.Exit(1)
            lock_new_database(screen, engine.ledger.database, wiring.vault_key_path(url or settings.database))
            accounts_of_roles = {role: role.replace("_", "-") for role in ADMINISTRATORS}
            appoint(engine, accounts_of_roles)
            screen.say(
                "三名管理员须由三人分别担任（三员分立）。请把链接分别交给本人，三天内打开并设置密码：",
                "The three administrators must be three people. Give each of them their own link; it is valid for three days:",
            )
            for role, account in accounts_of_roles.items():
                _print_link(screen, engine, account, ROLE_TITLES[role].render(screen.language))


def link(
    account: Annotated[str, typer.Argument(metavar="ID"), Text(zh="账号编号", en="Id of the account")],
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        _print_link(screen, engine, account, account)


def _print_link(screen: Screen, engine: Engine, account: str, title: str) -> None:
    path = credentials.issue_link(engine, account, OPERATOR, new_id("link"))
    base = Settings().console_url.rstrip("/") or f"http://{LOOPBACK}:{PORT}"
    screen.say(f"  {title}（{account}）  {base}{path}", f"  {title} ({account})  {base}{path}")
