"""What a year has for the archive (归档): its papers that were made for good, and the documents of each step.

A piece (件) is a paper with its sealed copies, or what came with one step of one assessment, as a text and its annexes
are. Three papers are made of the pieces: the catalogue of the archive, the list with which it is handed over, and the
folder. Not here: what the vault has, and papers with names of people, of which the signed original is filed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.papers.catalogue import MATERIAL, PAPERS
from states.papers.issue import MadePaper
from states.papers.paper import Paper
from states.stages.approval import Approved
from states.stages.circulation import Circulated
from states.streams import Stream
from states.vocabulary import UNIT_ROLE, Document, documents_of

from .sources import UnitSource, YearSource
from .words import roles

PERIODS: Mapping[str, str] = {"永久": "Y", "30年": "D30", "10年": "D10"}
"""The periods of retention with their codes in the number of a piece (DA/T 22-2015), in the order of the archive's list."""

_OF_THE_ISSUER = frozenset({"notice", "resolution", "circular"})
"""The papers that the institution itself issues; the others are of those who make them."""


class ArchivePiece(Struct, frozen=True, kw_only=True):
    """One piece: its title, who made it, its number and day (if known), and for how long it is kept (`PERIODS`).

    - `group_title`: what pieces of several departments have in common: the title without the department.
    - `year`; `paper`: its key, empty for the documents of a step; `unit`: the department, empty for the year.
    - `files`: each with its name without the ending, the first one first. `remark`: what the archive should know.
    """

    title: str
    group_title: str
    author: str
    retention: str
    document_number: str = ""
    day: date | None = None
    year: int = 0
    paper: str = ""
    unit: str = ""
    files: tuple[tuple[str, Document], ...] = ()
    remark: str = ""

    @property
    def is_unsealed(self) -> bool:
        """Whether it is a paper of which no sealed copy came back."""
        return bool(self.paper) and len(self.files) == 1


def numbered(pieces: Iterable[ArchivePiece]) -> Iterator[tuple[int, ArchivePiece]]:
    """The pieces by their period of retention, otherwise in the given order, each with its number in the period (件号).

    A piece with another retention is not archived and left out.
    """
    every = list(pieces)
    for period in PERIODS:
        yield from enumerate((one for one in every if one.retention == period), 1)


def archive_code(number: int, piece: ArchivePiece, year: int, fonds: str = "", office: str = "") -> str:
    """档号 (DA/T 22-2015). `fonds`: 全宗号; `office`: 机构代码. The archive gives both; what is not known is left open."""
    return f"{fonds or '□□□□'}-WS·{year}-{PERIODS[piece.retention]}-{office or '□□'}-{number:04}"


def pieces_of(one: YearSource) -> Iterator[ArchivePiece]:
    """The pieces of a year: papers in the order of `PAPERS`, then the documents of each assessment."""
    order = {each.state.stream: place for place, each in enumerate((*one.units, *one.special))}
    for key, made in one.made.items():
        for of in sorted(made, key=lambda of: order.get(of, -1)):
            for paper in (*made[of].earlier, made[of]):
                yield _paper_piece(PAPERS[key], of, paper, one)
    for each in (*one.units, *one.special):
        yield from _documents(each)


def _paper_piece(paper: Paper, of: str, made: MadePaper, one: YearSource) -> ArchivePiece:
    # A withdrawn assessment is not among those of the year, but its papers are still about its department.
    about, unit = one.unit_of(of), Stream.parse(of).unit or ""
    group_title = f"{one.year.year}年度{paper.title.zh}"
    number, day = _number_and_day(paper, one)
    special = f"（{about.special}）" if about is not None and about.special else ""
    copies = tuple((f"盖章件{place}" if place > 1 else "盖章件", copy) for place, copy in enumerate(made.copies, 1))
    return ArchivePiece(
        title=f"{one.title(unit) if unit else ''}{group_title}{special}",
        group_title=group_title,
        author=_author(paper, unit, one),
        retention=paper.retention.zh,
        document_number=number,
        day=day or made.body.made_on,
        year=one.year.year,
        paper=paper.key,
        unit=unit,
        files=(*copies, ("定稿", made.body.paper)),
        remark="" if made.copies else "无盖章件",
    )


def _author(paper: Paper, unit: str, one: YearSource) -> str:
    """The institution for what it issues, the department for what it makes itself, otherwise the first who make it."""
    if paper.key in _OF_THE_ISSUER:
        return one.rulebook.measure.issuer.zh
    makers = paper.makers(one.rulebook)
    return one.title(unit) if unit and UNIT_ROLE in makers else roles(makers[:1], one.rulebook)


def _number_and_day(paper: Paper, one: YearSource) -> tuple[str, date | None]:
    """The number and the day of a resolution or a circular, if the year has only one."""
    facts: set[tuple[str, date]] = set()
    for each in one.units:
        approved, circulated = each.state.fact(Approved), each.state.fact(Circulated)
        if paper.key == "resolution" and approved is not None:
            facts.add((approved.resolution, approved.met_on))
        if paper.key == "circular" and circulated is not None:
            facts.add((circulated.document, circulated.circulated_on))
    return next(iter(facts)) if len(facts) == 1 else ("", None)


def _documents(one: UnitSource) -> Iterator[ArchivePiece]:
    """The documents of an assessment, those of one step as one piece.

    The names of the files are not here, because they may name people.
    """
    zone, answers = ZoneInfo(one.rulebook.timezone), [request.answer for request in one.state.requests.values()]
    supplied = [file for answer in answers if answer is not None for file in answer.documents]
    for step in one.state.steps:
        stage = one.rulebook.stages.get(step.stage)
        is_report = step.stage == "self_report"
        files = {file.sha256: file for file in (*documents_of(step.fact), *(supplied if is_report else ()))}
        if stage is not None and files:
            group_title = f"{one.state.year}年度{stage.title.zh}材料"
            yield ArchivePiece(
                title=f"{one.unit}{group_title}" + (f"（{one.special}）" if one.special else ""),
                group_title=group_title,
                author=one.unit if is_report else roles(stage.by[:1], one.rulebook),
                retention=MATERIAL.zh,
                day=step.at.astimezone(zone).date(),
                year=one.state.year,
                unit=one.state.unit,
                files=tuple((f"材料{number}", file) for number, file in enumerate(files.values(), 1)),
                remark=f"共 {len(files)} 份" if len(files) > 1 else "",
            )


class PieceGroup(Struct, frozen=True):
    """The pieces with the same group title: their title, who made them, how long they are kept, and how many there are (件)."""

    title: str
    author: str
    retention: str
    count: int


def grouped(pieces: Iterable[ArchivePiece]) -> list[PieceGroup]:
    """The pieces counted by their group title and period, in the order in which they are numbered."""
    groups: dict[tuple[str, str], list[ArchivePiece]] = {}
    for _, one in numbered(pieces):
        groups.setdefault((one.group_title, one.retention), []).append(one)
    return [
        PieceGroup(
            title, "各部门" if len({one.author for one in group}) > 1 else group[0].author, retention, len(group)
        )
        for (title, retention), group in groups.items()
    ]


def totals(pieces: Iterable[ArchivePiece]) -> Counter[str]:
    """How many pieces each period of retention has."""
    return Counter(one.retention for _, one in numbered(pieces))
