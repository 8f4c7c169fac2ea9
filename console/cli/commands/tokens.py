"""`kaohe tokens`: issues, lists and revokes the tokens with which the college's other systems call the API.

The help of each command is in `console/cli/table.py`.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.engine import open_engine
from console.cli.options import AsJson, DatabaseUrl, Lang
from console.cli.screen import on_screen
from console.web import tokens
from console.web.command_ids import new_id
from states.accounts.account import OPERATOR
from states.accounts.tokens import RevokeToken
from states.streams import account_stream
from states.vocabulary import Opaque, Text, Words
from workflow import wiring

_Account = Annotated[
    str, typer.Argument(metavar="ACCOUNT"), Text(zh="其他系统的账号", en="Account of the other system")
]


def new(
    account: _Account,
    days: Annotated[
        int, typer.Option(min=1, max=tokens.MAX_DAYS), Text(zh="有效天数", en="Days until it expires")
    ] = 365,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        secret = tokens.issue_token(engine, account, days, OPERATOR, new_id("token"))
        screen.say(
            f"令牌只显示这一次，{days} 天内有效：\n{secret}",
            f"This token is shown only once. It is valid for {days} days:\n{secret}",
        )


def list_tokens(url: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        settings = Settings()
        with wiring.read_only_engine(url or settings.database, default_edition(settings.rulebook)) as engine:
            rows = [
                (account, token_id, until)
                for account, valid in tokens.tokens_by_account(engine).items()
                for token_id, until in valid.items()
            ]
        if as_json:
            values = [{"account": account, "token": token_id, "until": str(until)} for account, token_id, until in rows]
            print(json.dumps(values, indent=1))
            return
        table = screen.table(
            ("接口令牌", "Tokens"), ("账号", "Account"), ("令牌", "Token"), ("有效期至", "Valid until")
        )
        for row in rows:
            table.add_row(*map(str, row))
        screen.console.print(table)


def revoke(
    account: _Account,
    token: Annotated[str, typer.Argument(metavar="TOKEN"), Text(zh="令牌编号（t-…）", en="Id of the token (t-…)")],
    reason: Annotated[str, typer.Option(), Text(zh="理由，写入台账", en="Reason; it is recorded in the ledger")],
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        command = RevokeToken(token=Opaque(token), reason=Words(reason))
        engine.submit(account_stream(account), command, OPERATOR, new_id("revoke"))
        screen.say("已吊销。", "Revoked.")
