"""`kaohe papers propose`, `adopt` and `remake`: templates by two people, and recorded papers made again.

Not here: making papers only to look at (`papers.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.settings import Settings
from console.cli.engine import actor_for, open_engine
from console.cli.options import DatabaseUrl, Lang, WrongOption
from console.cli.screen import Screen, on_screen
from console.papers.issue import store_file
from console.papers.making import template_faults, template_of
from console.papers.remake import Remade, recorded_papers, remake
from documents.kinds import KINDS
from states.papers.paper import CLAUSE, Paper
from states.papers.template import AdoptTemplate, NoProposal, ProposeTemplate
from states.vocabulary import Text
from storage.papers import documents
from workflow import wiring
from workflow.engine import Engine

from .papers import PaperKey, find_word_paper, print_faults, read_file, write_file

_Account = Annotated[str, typer.Option("--actor"), Text(zh="办理人的账号", en="Account of the person who does it")]


def propose(
    key: PaperKey,
    file: Annotated[Path, typer.Argument(metavar="FILE.docx"), Text(zh="模板文件", en="File of the template")],
    actor: _Account,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        paper, data = find_word_paper(key), read_file(file)
        if faults := template_faults(paper, file.name, data):
            print_faults(screen, faults)
            raise typer.Exit(1)
        with open_engine(url) as engine:
            _submit(engine, paper, ProposeTemplate(template=store_file(engine, data, KINDS["docx"].media_type)), actor)
        screen.say("已提出，等待另一人启用。", "Proposed. Another person has to adopt it.", "green")


def adopt(key: PaperKey, actor: _Account, url: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        paper = find_word_paper(key)
        with open_engine(url) as engine:
            proposal = template_of(engine, paper).proposal
            if proposal is None:
                raise NoProposal(paper=paper.title, clause=CLAUSE)
            # The names of a paper may have changed since it was proposed.
            data = documents.read(engine.ledger.database, proposal.template.sha256)
            if faults := template_faults(paper, f"{paper.title.zh}.docx", data or b""):
                print_faults(screen, faults)
                raise typer.Exit(1)
            _submit(engine, paper, AdoptTemplate(template=proposal.template), actor)
        screen.say("已启用，此后的文书按这份模板制作。", "Adopted. Papers are made with it from now on.", "green")


def make_again(
    entry: Annotated[int | None, typer.Argument(metavar="[ENTRY]"), Text(zh="定稿的记录编号；不写则核对全部", en="Number of the entry; every recorded paper if not given")] = None,
    out: Annotated[Path | None, typer.Option("--out"), Text(zh="把再次制作的文书写入此文件", en="File to write the paper that was made again")] = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen, wiring.read_only_engine(url or Settings().database) as engine:
        if out is not None and entry is None:
            why = Text(zh="只在写明记录编号时使用", en="give the number of the entry, too")
            raise WrongOption(option="--out", why=why)
        remade = [remake(engine, one) for one in recorded_papers(engine, entry)]
        for one in remade:
            _report(screen, one)
            if out is not None and one.data is not None:
                write_file(out, one.data)
        right = sum(one.is_right for one in remade)
        screen.say(f"共 {len(remade)} 份，无误 {right} 份。", f"{len(remade)} papers, {right} in order.")
        if right < len(remade):
            raise typer.Exit(1)


def _report(screen: Screen, one: Remade) -> None:
    number, about = one.entry.number, one.fact.of.partition("/")[2]
    if one.is_right:
        screen.say(
            f"第 {number} 条 {one.paper.title.zh} {about}：相同",
            f"Entry {number}, {one.paper.title.en} {about}: the same",
        )
        return
    zh, en = "；".join(reason.zh for reason in one.reasons), "; ".join(reason.en for reason in one.reasons)
    how = Text(zh="相同，但", en="the same, but ") if one.is_same else Text(zh="不同：", en="differs: ")
    screen.say(
        f"第 {number} 条 {one.paper.title.zh} {about}：{how.zh}{zh}",
        f"Entry {number}, {one.paper.title.en} {about}: {how.en}{en}",
        "red",
    )


def _submit(engine: Engine, paper: Paper, command: ProposeTemplate | AdoptTemplate, account: str) -> None:
    state = template_of(engine, paper)
    actor = actor_for(command.act, engine, account, state)
    engine.submit(state.stream, command, actor, f"{command.act}-{paper.key}@{state.version}")
