"""The options and arguments that several commands have, and some default values.

The `Text` in an annotation is the help of the option in both languages (`lazy_group.py`). Also here: `WrongOption`, the
error for a value that cannot be used, and the parser of `--due`. Not here: options that only one command has.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from config import typed
from states.user_errors import UserError
from states.vocabulary import Text

Lang = Annotated[
    str | None,
    typer.Option("--lang", metavar="zh|en"),
    Text(zh="语言；默认 KAOHE_LANGUAGE", en="Language; KAOHE_LANGUAGE if not given"),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database"),
    Text(
        zh="SQLite 文件或 PostgreSQL 地址；默认 KAOHE_DATABASE",
        en="SQLite file or PostgreSQL URL; KAOHE_DATABASE if not given",
    ),
]
AsJson = Annotated[bool, typer.Option("--json"), Text(zh="输出 JSON，供程序读取", en="Print JSON, for programs")]

ByAccount = Annotated[str, typer.Option("--actor"), Text(zh="经办账号", en="Account that acts")]
OFFICE_ACCOUNT = "office-1"
"""The default of `--actor`: the account of the office in the documents' examples."""

Unit = Annotated[str, typer.Argument(metavar="DEPARTMENT"), Text(zh="部门编号", en="Id of the department")]
Year = Annotated[int, typer.Option("--year", min=2000, max=2200), Text(zh="考核年度", en="Year of assessment")]
Occasion = Annotated[
    str | None,
    typer.Option("--occasion"),
    Text(zh="专项检查的编号；不写则为年度考核", en="Id of a special assessment; the annual one if not given"),
]
Due = Annotated[
    list[str] | None,
    typer.Option("--due", metavar="STAGE=DATE"),
    Text(
        zh="某一步骤的期限，如 meeting=2026-12-04；可多次",
        en="Deadline of a stage, such as meeting=2026-12-04; repeatable",
    ),
]
Expect = Annotated[
    list[Path] | None,
    typer.Option("--expect"),
    Text(zh="另行保存的封存文件；可多次", en="A seal that was kept elsewhere; repeatable"),
]
TrustedKey = Annotated[
    list[str] | None,
    typer.Option("--key"),
    Text(zh="当面取得的公钥；可多次", en="A public key that was handed over in person; repeatable"),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output"),
    Text(zh="写入此文件；不写则打印", en="File to write; printed if not given"),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file"),
    Text(zh="私钥文件；默认 KAOHE_SEAL_KEY", en="File of the private key; KAOHE_SEAL_KEY if not given"),
]
LOOPBACK, PORT = "127.0.0.1", 8000
"""The default address and port of the web pages."""

Port = Annotated[int, typer.Option(min=1, max=65535), Text(zh="端口", en="Port")]
MetricsPort = Annotated[
    int | None,
    typer.Option(min=1, max=65535),
    Text(zh="在本机此端口提供 /metrics", en="Serve /metrics at this port, on this machine only"),
]


class WrongOption(UserError):
    """An option or an argument has a value that cannot be used."""

    zh = "{option} 不能使用：{why}。"
    en = "{option} cannot be used: {why}."


def due_dates(options: list[str]) -> dict[str, date]:
    """The deadlines that `--due` sets, by the key of the stage. Raises WrongOption if a date is unclear.

    It does not check that the stage exists.
    """
    dates = {}
    for option in options:
        stage, _, day = option.partition("=")
        try:
            dates[stage] = typed.day(day)
        except typed.Unclear as unclear:
            reason = Text(
                zh=f"应形如 meeting=2026-12-04；{unclear.why.zh}",
                en=f"it has the form meeting=2026-12-04; {unclear.why.en}",
            )
            raise WrongOption(option=f"--due {option}", why=reason) from None
    return dates
