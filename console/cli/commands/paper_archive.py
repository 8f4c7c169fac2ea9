"""`kaohe papers archive`: writes the folder with which a year goes to the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.settings import Settings
from console.cli.options import DatabaseUrl, Lang, WrongOption
from console.cli.screen import on_screen
from console.papers.archive import archive_files
from states.vocabulary import Text
from workflow import wiring

from .papers import write_file


def archive(
    year: Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=2200), Text(zh="考核年度", en="Year of assessment")],
    folder: Annotated[Path, typer.Argument(metavar="DIR"), Text(zh="写入此目录，须为空或不存在", en="Folder to write, empty or not there yet")],
    fonds: Annotated[str, typer.Option("--fonds"), Text(zh="全宗号，由档案部门给定", en="Number of the fonds, which the archive gives")] = "",
    office: Annotated[str, typer.Option("--office"), Text(zh="机构代码，由档案部门给定", en="Code of the office, which the archive gives")] = "",
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen, wiring.read_only_engine(url or Settings().database) as engine:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise WrongOption(option=folder, why=Text(zh="目录不是空的", en="the folder is not empty"))
        count = 0
        for path, data in archive_files(engine, year, fonds=fonds, office=office):
            write_file(folder / path, data)
            count += 1
        screen.say(f"已写入 {folder}：{count} 个文件", f"Written to {folder}: {count} files", "green")
