"""Papers that are opened and saved by LibreOffice: every text is the same, and which measures it does not keep.

Not here: how they are printed (`test_printed_papers.py`).
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from docx.document import Document
from lxml import etree

from documents.inspection import inspect
from documents.kinds import KINDS
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import kind_of_template, shipped_template
from documents.word.filling import fill
from documents.word.geometry import measure
from documents.word.marks import PARAGRAPH, text_of
from documents.word.names import Values, example_values
from states.papers.catalogue import PAPERS
from tests.conftest import require

from .test_printed_papers import soffice

NUMBER = re.compile(r"\d+")
KEYS = ("circular", "result-letter", "minutes")
"""A paper with a red head, one without it, and a form."""

LOST = {
    "circular": {"“自动调整中文与西文间距”", "“自动调整中文与数字间距”"},
    "result-letter": {"“自动调整中文与西文间距”", "“自动调整中文与数字间距”"},
    "minutes": set[str](),
}
"""The measures of GB/T 9704 that a paper has before and that LibreOffice does not save, by the paper."""


def values(key: str) -> Values:
    """The examples, with hard texts where the paper takes any text."""
    hard = {"unit_name": "样例学院 & <质量> “办”", "place": "一楼\n二楼\t东侧", "cause": "𠮷😀"}
    return {**example_values(NAMES[key]), **{name.en: hard[name.en] for name in NAMES[key] if name.en in hard}}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Each paper as it was made, and as LibreOffice has saved it."""
    if shutil.which("soffice") is None:
        require("LibreOffice", "soffice is not there")
    folder = tmp_path_factory.mktemp("saved")
    (folder / "fonts.conf").write_text('<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include></fontconfig>')  # fmt: skip
    papers = {key: folder / f"{key}.docx" for key in KEYS}
    for key, file in papers.items():
        file.write_bytes(fill(shipped_template(key), NAMES[key], values(key), PAPERS[key].title.zh))
    soffice(folder, "docx:MS Word 2007 XML", folder / "again", *papers.values())
    return {key: (file, folder / "again" / file.name) for key, file in papers.items()}


def texts(file: Path) -> list[str]:
    """The texts of a file, as python-docx reads them: paragraphs, then the rows of tables, headers and footers.

    In a footer `#` stands for the number of a page, which LibreOffice counts when it saves.
    """
    made: Document = docx.Document(str(file))
    rows = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    ends = [one.text for section in made.sections for part in (section.header, section.footer, section.even_page_footer) for one in part.paragraphs]  # fmt: skip
    return [
        text
        for text in (*(one.text for one in made.paragraphs), *rows, *(NUMBER.sub("#", one) for one in ends))
        if text.strip()
    ]


def all_texts(file: Path) -> set[str]:
    """The text of each paragraph of the main part, without its line breaks. A text box stands twice in a file."""
    with ZipFile(file) as parts:
        return {text_of(one) for one in etree.fromstring(parts.read("word/document.xml")).iter(PARAGRAPH)}


@pytest.mark.parametrize("key", KEYS)
def test_every_text_of_a_paper_is_the_same_after_libreoffice_has_saved_it(
    key: str, saved: dict[str, tuple[Path, Path]]
) -> None:
    made, again = saved[key]
    assert len(texts(made)) > 10
    assert texts(again) == texts(made)
    # And those of text boxes, which python-docx does not read.
    assert all_texts(again) == all_texts(made)


@pytest.mark.parametrize("key", KEYS)
def test_libreoffice_keeps_the_measures_but_for_those_that_are_named(
    key: str, saved: dict[str, tuple[Path, Path]]
) -> None:
    made, again = (file.read_bytes() for file in saved[key])
    kind = kind_of_template(key)
    assert measure(made, kind) == []
    assert {one.what.zh for one in measure(again, kind)} == LOST[key]


@pytest.mark.parametrize("key", KEYS)
def test_what_libreoffice_has_saved_may_be_handed_in_and_has_the_title_and_no_author(
    key: str, saved: dict[str, tuple[Path, Path]]
) -> None:
    _, again = saved[key]
    assert inspect(again.name, again.read_bytes()) == KINDS["docx"].media_type
    properties = docx.Document(str(again)).core_properties
    assert (properties.title, properties.author, properties.last_modified_by) == (PAPERS[key].title.zh, "", "")
    with ZipFile(again) as file:
        assert "docProps/custom.xml" not in file.namelist()
