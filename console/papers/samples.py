"""The papers of the demonstration's first year: what can be made for good is, and the circular came back sealed.

A visitor opens each of them. Papers with names of people are made when the visitor asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from states.papers.catalogue import PAPERS
from states.papers.issue import MakePaper, ReturnPaper
from states.papers.paper import Paper
from states.streams import account_stream, paper_stream, year_stream
from states.vocabulary import Actor
from storage import queries
from workflow.engine import Accepted, Engine, Submission

from .issue import issue, store_file

_SEALED = b"(Sample of a sealed copy: invented, without a seal) Tj"


def issue_samples(engine: Engine, year: int, accounts: Mapping[str, str]) -> int:
    """Make the papers of a year for good, each by an account of a role that makes it. Returns how many there are.

    `accounts`: an account of each role. What one of them may not make or what cannot be made is left out.
    """
    about = [row.stream for row in queries.assessments(engine.ledger.database, year) if not row.withdrawn]
    count = 0
    for paper in PAPERS.values():
        actor = _maker(engine, paper, accounts)
        if actor is None or paper.has_persons:
            continue
        streams = about if paper.of == "assessment" else [year_stream(year)]
        answers = engine.submit_many(list(_submissions(engine, paper, year, streams, actor)))
        count += sum(isinstance(answer, Accepted) for answer in answers)
    _return_circular(engine, year, accounts)
    return count


def _maker(engine: Engine, paper: Paper, accounts: Mapping[str, str]) -> Actor | None:
    role = next((one for one in paper.makers(engine.editions.in_force.rulebook) if one in accounts), None)
    if role is None:
        return None
    state = engine.state(account_stream(accounts[role]))
    return Actor(accounts[role], role, getattr(state, "unit", None))


def _submissions(engine: Engine, paper: Paper, year: int, about: list[str], actor: Actor) -> Iterator[Submission]:
    for of, command in issue(engine, paper, about):
        if isinstance(command, MakePaper):
            yield Submission(paper_stream(year, paper.key), command, actor, f"sample-{paper.key}-{of}")


def _return_circular(engine: Engine, year: int, accounts: Mapping[str, str]) -> None:
    paper, of = PAPERS["circular"], year_stream(year)
    actor = _maker(engine, paper, accounts)
    if actor is None:
        return
    copy = store_file(engine, _sealed_copy(), "application/pdf")
    submission = Submission(paper_stream(year, paper.key), ReturnPaper(of=of, copy=copy), actor, f"sample-copy-{year}")
    engine.submit_many([submission])


def _sealed_copy() -> bytes:
    """A PDF of one page with one line."""
    content = b"BT /F1 16 Tf 60 760 Td " + _SEALED + b" ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end
