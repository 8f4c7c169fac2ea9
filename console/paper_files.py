"""Makes the file of a paper: its template, with the values that the ledger has now, and names of people where it may.

Nothing is written to the ledger. Not here: who may make a paper (`states/papers/paper.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from documents.inspection import FileNotAccepted, inspect
from documents.kinds import KINDS
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import shipped_template
from documents.word.checking import check
from documents.word.filling import fill
from documents.word.names import example_values
from states.papers.paper import Paper
from states.vocabulary import Text
from storage import people
from storage.sign_in import accounts
from workflow.engine import Engine
from workflow.papers.sources import read_unit, read_year
from workflow.papers.values import OF_UNIT, OF_YEAR
from workflow.papers.words import PaperValues

from .person_names import names_of_persons, readable_holders


def make_paper(
    engine: Engine,
    paper: Paper,
    year: int,
    unit: str | None,
    occasion: str | None = None,
    template: bytes | None = None,
) -> bytes:
    """The Word file. `unit`: None for a paper about a year. `template`: None for the shipped one; it has no fault.

    Raises the `UserError` of `workflow/papers/`, such as for a result that is not there yet, and `UnfitValue`.
    """
    values = values_of(engine, paper, year, unit, occasion)
    return fill(template or shipped_template(paper.key), NAMES[paper.key], values, _title(paper, values))


def values_of(engine: Engine, paper: Paper, year: int, unit: str | None, occasion: str | None = None) -> PaperValues:
    """The values of a paper as the ledger has them now, with names of people only for a paper that may have them."""
    if paper.of == "year" or unit is None:
        return OF_YEAR[paper.key](read_year(engine, year))
    persons = _names(engine) if paper.has_persons else {}
    return OF_UNIT[paper.key](read_unit(engine, year, unit, occasion, persons))


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
    return fill(template, NAMES[paper.key], example_values(NAMES[paper.key]), paper.title.zh)


def _names(engine: Engine) -> Mapping[str, str]:
    database = engine.ledger.database
    names = names_of_persons(people.directory(database), accounts.names(database), readable_holders(engine.people))
    return {person: text.zh for person, text in names.items()}


def _title(paper: Paper, values: PaperValues) -> str:
    """The title among the properties of the file: of what it is, and which paper."""
    return f"{values.get('unit_name', '')}{values['year']}年度{paper.title.zh}"
