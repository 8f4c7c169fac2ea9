"""考核办法: the measure in one edition: its rules as data, and its full text as it was issued.

The edition is the one in force, or another one that binds a stream. The first page is the measure as this program reads
it, in the order of the measure: the articles, the roles, every rule of the results in words (`sentences/chapters.py`),
steps, acts, readings, and on paper the open questions, to be signed. The second page is the text as it was issued.
"""

from __future__ import annotations

from starlette.responses import Response

from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.compiled_rulebook import CompiledRulebook
from states.refusals import NotKnown
from states.rulebook.measure_in_words import measure_in_words
from states.rulebook.printed_measure import article_lines, printed_lines
from states.rulebook.questions import questions
from states.rulebook.sentences.chapters import anchors, chapters, readings_at, single_clauses
from states.vocabulary import Text
from storage import queries

pages = Pages()

BEFORE = (
    ("measure", Text(zh="办法本身", en="The measure")),
    ("articles", Text(zh="条文", en="Articles")),
    ("roles", Text(zh="组织领导", en="Roles")),
)
AFTER = (
    ("stages", Text(zh="考核步骤", en="Steps")),
    ("acts", Text(zh="谁可以办什么", en="Who may do what")),
    ("readings", Text(zh="条文理解", en="Readings")),
)
"""The anchor and the title of each part of the page before and after the chapters of the rules, in order."""


@pages.get("/rulebook", view="rulebook")
def show(request: PageRequest) -> Response:
    compiled = chosen_edition(request)
    rulebook = compiled.rulebook
    lines = measure_in_words(rulebook)
    of_rules = chapters(lines)
    anchor_of = anchors(rulebook.paragraphs, lines)
    return request.answer.page(
        "rulebook.html",
        rulebook=rulebook,
        pin=compiled.pin,
        page_parts=(*BEFORE, *((one.key, one.title) for one in of_rules), *AFTER),
        chapters=of_rules,
        articles=[line for article in rulebook.article for line in article_lines(article)],
        clauses={clause: anchor for clause, (anchor, _) in anchor_of.items()},
        ids={location: anchor for anchor, location in anchor_of.values() if location},
        readings_at=readings_at(lines, rulebook.reading_locations),
        questions=questions(rulebook.reading),
        single_clauses=single_clauses,
        in_force=request.engine.editions.in_force.pin,
        editions=_editions(request),
        by=lambda roles: request.format.join(rulebook.role_title(role).render(request.user.language) for role in roles),
    )


@pages.get("/rulebook/paper", view="rulebook")
def show_paper(request: PageRequest) -> Response:
    """Show the full text of the measure as it was issued, from its notice to its last annex."""
    compiled = chosen_edition(request)
    return request.answer.page("paper.html", lines=list(printed_lines(compiled.rulebook)), pin=compiled.pin)


def _editions(request: PageRequest) -> list[str]:
    """The pins of the edition in force and of every edition that binds a stream."""
    stored = {f"{id_}@{digest}" for digest, (id_, _) in queries.rulebooks(request.database).items()}
    return sorted(stored | {request.engine.editions.in_force.pin})


def chosen_edition(request: PageRequest) -> CompiledRulebook:
    """The edition in the URL, or the one in force if the URL has none. Raises `NotKnown`."""
    pin, editions = request.query.get("edition", ""), _editions(request)
    if pin and pin not in editions:
        title, clause = Text(zh="办法版本", en="edition"), Text(zh="本系统·办法版本", en="our rule for editions")
        raise NotKnown(what=title, value=pin[:80], known=", ".join(editions), clause=clause)
    return request.engine.editions.of_pin(pin)
