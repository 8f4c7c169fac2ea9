"""Makes the file of a paper of what the ledger has: a Word template with its values, or the sheets of an Excel paper.

Nothing is written to the ledger. Not here: a paper that is made for good (`issue.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from zipfile import BadZipFile

from console.person_names import names_of_persons, readable_holders
from documents.inspection import FileNotAccepted, inspect
from documents.kinds import KINDS
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import shipped_template
from documents.sheets import writing
from documents.sheets.writing import write
from documents.word import filling
from documents.word.checking import check
from documents.word.filling import fill
from documents.word.names import example_values
from documents.word.parts import NotXml
from states.papers.issue import PapersOfYear
from states.papers.paper import Paper
from states.papers.template import PaperTemplate
from states.streams import Stream, assessment_stream, paper_stream, template_stream, year_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage import people
from storage.papers import documents
from storage.sign_in import accounts
from workflow.engine import Engine
from workflow.papers.assessors import Assessor, assessors
from workflow.papers.sources import PaperSources, present_sources
from workflow.papers.values import OF_UNIT, OF_YEAR
from workflow.papers.words import PaperValues, require_stage

from .sheets import sheets as of_paper
from .sheets.source import NOTHING_BESIDE, OPERATOR, PaperMaker, PaperSheets, SheetDatabase, SheetReader

MAKERS = {"docx": filling.MAKER, "xlsx": writing.MAKER}
"""The number of the program that makes the bytes, by the kind of file."""


class TemplateLost(UserError):
    """The adopted template is not stored any more, or its bytes are damaged."""

    zh = "“{paper}”启用的模板在系统中已找不到或已损坏。请从备份恢复，或重新提出并启用模板。"
    en = (
        "The adopted template of “{paper}” is missing or damaged. Restore it from a backup, or propose and adopt a "
        "template again."
    )


class UnfitTemplate(UserError):
    """The template has a fault: its bytes are no Word file, or it has a name that the paper does not have (any more)."""

    zh = "“{paper}”所用的模板有错误，不能填写。请在模板页核对，更正后重新提出并启用。"
    en = (
        "The template of “{paper}” has a fault and cannot be filled in. Check it on the page of the template, then "
        "propose and adopt a corrected one."
    )


def stream_of_paper(year: int, unit: str | None = None, occasion: str | None = None) -> str:
    """The stream of what a paper is about: a year, or an assessment."""
    return year_stream(year) if unit is None else assessment_stream(year, unit, occasion)


def make_paper(
    engine: Engine, paper: Paper, of: str, template: bytes | None = None, maker: PaperMaker = OPERATOR
) -> bytes:
    """The file of the kind `paper.file`, as the ledger is now. `of`: the stream of what it is about.

    `template`: of a Word paper; None for the one in use. `maker`: for whom it is made.

    Raises the `UserError` of `workflow/papers/` and of `sheets/`, such as for a result that is not there yet,
    `UnfitValue`, `UnfitTemplate` and `TemplateLost`.
    """
    template = template_in_use(engine, paper) if template is None else template
    if template is None:
        return write_sheets(sheets_from(present_sources(engine), paper, of, SheetDatabase(engine, maker)))
    return fill_paper(paper, values_of(engine, paper, of), template)


def why_not_possible(sources: PaperSources, paper: Paper, of: str) -> Text | None:
    """The reason why a paper cannot be made now; None if it can. It reads no names and makes no file."""
    # Whether it can be made depends on no name, and reading all names of a directory takes longer than a whole page.
    try:
        (sheets_from if paper.file == "xlsx" else values_from)(sources, paper, of)
    except UserError as reason:
        return reason.text
    return None


def sheets_from(sources: PaperSources, paper: Paper, of: str, reader: SheetReader = NOTHING_BESIDE) -> PaperSheets:
    """The worksheets of an Excel paper from these sources. `reader`: for one that may have names."""
    about = Stream.parse(of)
    assert about.year is not None
    if about.unit is None:
        return of_paper.OF_YEAR[paper.key](sources.year(about.year), reader)
    one = sources.unit(about.year, about.unit, about.occasion)
    require_stage(one, paper.stages)
    return of_paper.OF_UNIT[paper.key](one, reader)


def write_sheets(sheets: PaperSheets) -> bytes:
    """The workbook. The same sheets give the same bytes."""
    return write(sheets.tables, sheets.hidden)


def values_of(engine: Engine, paper: Paper, of: str) -> PaperValues:
    """The values of a Word paper as the ledger has them now, with names of people only for a paper that may have them."""
    sources = present_sources(engine)
    if not paper.has_persons:
        return values_from(sources, paper, of)
    account_names = accounts.names(engine.ledger.database)
    return values_from(sources, paper, of, _names(engine, account_names), tuple(assessors(engine, account_names)))


def values_from(
    sources: PaperSources,
    paper: Paper,
    of: str,
    persons: Mapping[str, str] | None = None,
    year_assessors: tuple[Assessor, ...] = (),
) -> PaperValues:
    """The values of a Word paper from these sources. `persons`, `year_assessors`: the names of people, and those who assess."""
    about = Stream.parse(of)
    assert about.year is not None
    if about.unit is None:
        return OF_YEAR[paper.key](sources.year(about.year, year_assessors))
    one = sources.unit(about.year, about.unit, about.occasion, persons)
    require_stage(one, paper.stages)
    return OF_UNIT[paper.key](one)


def fill_paper(paper: Paper, values: PaperValues, template: bytes) -> bytes:
    """The template of a paper with these values. The same template and values give the same bytes.

    Raises `UnfitTemplate`.
    """
    # The title among the properties of the file says of what it is, and which paper.
    title = f"{values.get('unit_name', '')}{values['year']}年度{paper.title.zh}"
    try:
        return fill(template, NAMES[paper.key], values, title)
    except (KeyError, BadZipFile, NotXml) as error:
        # A new release may have other names than the one under which the template was adopted.
        raise UnfitTemplate(paper=paper.title) from error


def papers_of_year(engine: Engine, paper: Paper, year: int) -> PapersOfYear:
    """What was made for good of a paper in a year."""
    papers = engine.state(paper_stream(year, paper.key))
    assert isinstance(papers, PapersOfYear)
    return papers


def template_of(engine: Engine, paper: Paper) -> PaperTemplate:
    """The template of a paper as the ledger has it."""
    template = engine.state(template_stream(paper.key))
    assert isinstance(template, PaperTemplate)
    return template


def template_in_use(engine: Engine, paper: Paper) -> bytes | None:
    """The template that was adopted last, or the shipped one; None for an Excel paper. Raises `TemplateLost`."""
    if paper.file != "docx":
        return None
    adopted = template_of(engine, paper).adopted
    if adopted is None:
        return shipped_template(paper.key)
    data = documents.read(engine.ledger.database, adopted.sha256)
    if data is None:
        raise TemplateLost(paper=paper.title)
    return data


def template_faults(paper: Paper, name: str, data: bytes) -> list[Text]:
    """Every fault of a template; or, if the file must not be opened at all, why not."""
    try:
        is_word = inspect(name, data) == KINDS["docx"].media_type
    except FileNotAccepted as error:
        return [error.text]
    if not is_word:
        zh, en = (
            "模板须为 .docx 文件。请用 Word 或 WPS 另存为 .docx。",
            "A template is a .docx file. Save it as .docx in Word or WPS.",
        )
        return [Text(zh=zh, en=en)]
    return [fault.sentence for fault in check(data, NAMES[paper.key], may_name_persons=paper.has_persons)]


def try_template(paper: Paper, template: bytes) -> bytes:
    """The template with the examples of its names, which are long: to look at before it is used. It has no fault."""
    names = NAMES[paper.key]
    return fill(template, names, example_values(names), paper.title.zh)


def _names(engine: Engine, account_names: Mapping[str, str]) -> Mapping[str, str]:
    """The names of people by id."""
    directory = people.directory(engine.ledger.database)
    names = names_of_persons(directory, account_names, readable_holders(engine.people))
    return {person: text.zh for person, text in names.items()}
