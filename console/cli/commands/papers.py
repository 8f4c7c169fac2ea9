"""`kaohe papers`: lists the papers, makes one, checks a template for one, and writes the shipped template.

It makes any paper for the operator. Not here: who may make which (`states/papers/paper.py`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.options import DatabaseUrl, Lang, WrongOption
from console.cli.screen import Screen, on_screen
from console.papers.making import make_paper, stream_of_paper, template_faults
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import shipped_template
from documents.word.names import Name
from states.papers.catalogue import PAPERS
from states.papers.paper import CLAUSE, Paper
from states.papers.template import NoOwnTemplate
from states.rulebook.types import Rulebook
from states.user_errors import UserError
from states.vocabulary import Text, listed
from storage import private_files, queries
from workflow import wiring
from workflow.engine import Engine

PaperKey = Annotated[
    str, typer.Argument(metavar="KEY"), Text(zh="文书代号，见 papers list", en="Key of the paper, as in papers list")
]
_Out = Annotated[Path, typer.Option("--out"), Text(zh="写入此文件", en="File to write")]
_FORMATS = {"docx": Text(zh="Word", en="Word"), "xlsx": Text(zh="Excel", en="Excel")}
_OF = re.compile(r"(\d{4})(?:/([a-z0-9._-]+))?(?:/([a-z0-9._-]+))?")


def list_papers(lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        rulebook = default_edition(Settings().rulebook).rulebook
        columns = (
            ("代号", "Key"),
            ("文书", "Paper"),
            ("范围", "About"),
            ("环节", "Stage"),
            ("由谁制作", "Who makes it"),
            ("格式", "Format"),
            ("保管期限", "Kept"),
        )
        table = screen.table(("文书（★ 可有姓名）", "Papers (★ may have names of people)"), *columns)
        table.columns[0].no_wrap = True  # somebody copies it
        for paper in PAPERS.values():
            table.add_row(*(text.render(screen.language) for text in _row(paper, rulebook)))
        screen.console.print(table)


def list_names(key: PaperKey, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        paper = find_word_paper(key)
        table = screen.table(
            (paper.title.zh, paper.title.en), ("写法", "Write"), ("英文写法", "In English"), ("示例", "Example")
        )
        for name in NAMES[paper.key]:
            for zh, en, example in _marks(name):
                table.add_row(zh, en, example)
        screen.console.print(table)


def make(
    key: PaperKey,
    of: Annotated[
        str,
        typer.Option("--of", metavar="YEAR|YEAR/DEPARTMENT"),
        Text(
            zh="年度或 年度/部门编号；部门的文书只写年度时，为各部门各制作一份",
            en="The year, or year/department; a paper about a department with the year only is made for each of them",
        ),
    ],
    out: Annotated[Path, typer.Option("--out"), Text(zh="写入此文件；为各部门制作时写入此目录", en="File to write, or the folder if it is made for each department")],
    template: Annotated[Path | None, typer.Option("--template"), Text(zh="自己的模板；不写则用启用的模板", en="Your own template; the one in use if not given")] = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        paper, data = find_paper(key), None
        year, unit, occasion = _of(of, paper)
        if template is not None:
            require_word(paper)
            data = read_file(template)
            if faults := template_faults(paper, template.name, data):
                print_faults(screen, faults)
                raise typer.Exit(1)
        with wiring.read_only_engine(url or Settings().database) as engine:
            if paper.of == "assessment" and unit is None:
                _make_each(screen, engine, paper, year, out, data)
                return
            write_file(out, make_paper(engine, paper, stream_of_paper(year, unit, occasion), data))
        screen.say(f"已写入 {out}", f"Written to {out}", "green")


def check_template(
    key: PaperKey,
    file: Annotated[Path, typer.Argument(metavar="FILE.docx"), Text(zh="模板文件", en="File of the template")],
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        faults = template_faults(find_word_paper(key), file.name, read_file(file))
        if faults:
            print_faults(screen, faults)
            raise typer.Exit(1)
        screen.say("模板没有错误。", "The template has no fault.", "green")


def write_template(key: PaperKey, out: _Out, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        write_file(out, shipped_template(find_word_paper(key).key))
        screen.say(f"已写入 {out}", f"Written to {out}", "green")


def _row(paper: Paper, rulebook: Rulebook) -> list[Text]:
    mark = " ★" if paper.has_persons else ""
    stages = [rulebook.stages[stage].title.text for stage in paper.stages if stage in rulebook.stages]
    makers = [rulebook.role_title(role) for role in paper.makers(rulebook)]
    about = {"year": Text(zh="年度", en="the year"), "assessment": Text(zh="部门", en="a department")}[paper.of]
    return [
        Text(zh=paper.key, en=paper.key),
        Text(zh=paper.title.zh + mark, en=paper.title.en + mark),
        about,
        listed(stages),
        listed(makers),
        _FORMATS[paper.file],
        paper.retention,
    ]


def _marks(name: Name) -> list[tuple[str, str, str]]:
    """How a template writes a name: a field, or for a list the beginning, each column, and the end."""
    if not name.is_list:
        return [(f"{{{{{name.zh}}}}}", f"{{{{{name.en}}}}}", name.example)]
    columns = [(f"{{{{行.{one.zh}}}}}", f"{{{{row.{one.en}}}}}", one.example) for one in name.columns]
    begin = (f"{{%tr for 行 in {name.zh} %}}", f"{{%tr for row in {name.en} %}}", "")
    return [begin, *columns, ("{%tr endfor %}", "{%tr endfor %}", "")]


def find_paper(key: str) -> Paper:
    if key not in PAPERS:
        known = ", ".join(PAPERS)
        raise WrongOption(
            option=key, why=Text(zh=f"没有这种文书，有 {known}", en=f"there is no such paper; there are {known}")
        )
    return PAPERS[key]


def find_word_paper(key: str) -> Paper:
    paper = find_paper(key)
    require_word(paper)
    return paper


def require_word(paper: Paper) -> None:
    if paper.file != "docx":
        raise NoOwnTemplate(paper=paper.title, clause=CLAUSE)


def _of(text: str, paper: Paper) -> tuple[int, str | None, str | None]:
    """The year, the department and the occasion of `--of`."""
    match = _OF.fullmatch(text)
    if match is None:
        why = Text(zh="应形如 2026 或 2026/u-01", en="it has the form 2026 or 2026/u-01")
        raise WrongOption(option=f"--of {text}", why=why)
    if paper.of == "year" and match[2] is not None:
        why = Text(zh="这份文书按年度制作，只写年度", en="this paper is about a year: give the year only")
        raise WrongOption(option=f"--of {text}", why=why)
    return int(match[1]), match[2], match[3]


def _make_each(screen: Screen, engine: Engine, paper: Paper, year: int, folder: Path, template: bytes | None) -> None:
    """Make the paper for each department of the year. Who has none yet is named with the reason."""
    rows = queries.assessments(engine.ledger.database, year)
    made, left = 0, []
    for row in rows:
        if row.occasion is not None or row.withdrawn:
            continue
        try:
            data = make_paper(engine, paper, stream_of_paper(year, row.unit), template)
        except UserError as error:
            left.append(error)
            continue
        write_file(folder / f"{paper.key}-{year}-{row.unit}.{paper.file}", data)
        made += 1
    screen.say(f"已写入 {folder}：{made} 份", f"Written to {folder}: {made}", "green" if made else None)
    for refusal in left:
        screen.say(f"未制作：{refusal.render('zh')}", f"Not made: {refusal.render('en')}", "yellow")
    if not made:
        raise typer.Exit(1)


def print_faults(screen: Screen, faults: list[Text]) -> None:
    for fault in faults:
        screen.say(fault.zh, fault.en, "red")


def read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise WrongOption(option=file, why=error.strerror) from error


def write_file(out: Path, data: bytes) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        private_files.write(out, data)
    except OSError as error:
        raise WrongOption(option=out, why=error.strerror) from error
