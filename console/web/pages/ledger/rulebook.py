"""考核办法: the measure in one edition: its rules as data, and its full text as it was issued.

The edition is the one in force, or another one that binds a stream. The first page has the roles, steps, indicators,
grades, follow-up tasks and acts, each with its clause, and the readings of unclear clauses. The second page has the
text.
"""

from __future__ import annotations

from starlette.responses import Response

from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.compiled_rulebook import CompiledRulebook
from states.refusals import NotKnown
from states.rulebook.printed_measure import printed_lines
from states.vocabulary import Text
from storage import queries

pages = Pages()

PARTS = (
    ("measure", Text(zh="办法本身", en="The measure")),
    ("roles", Text(zh="组织领导", en="Roles")),
    ("stages", Text(zh="考核步骤", en="Steps")),
    ("tables", Text(zh="考核指标", en="Indicators")),
    ("grades", Text(zh="等次、扣分与否决", en="Grades, deductions, vetoes")),
    ("outcomes", Text(zh="案件处理结果对照", en="Effect of each outcome")),
    ("consequences", Text(zh="结果运用", en="Follow-up")),
    ("acts", Text(zh="谁可以办什么", en="Who may do what")),
    ("readings", Text(zh="条文理解", en="Readings")),
)
"""The anchor and the title of each part of the page, in order."""


@pages.get("/rulebook", view="rulebook")
def show(request: PageRequest) -> Response:
    compiled = _chosen_edition(request)
    rulebook = compiled.rulebook
    return request.answer.page(
        "rulebook.html",
        rulebook=rulebook,
        pin=compiled.pin,
        page_parts=PARTS,
        in_force=request.engine.editions.in_force.pin,
        editions=_editions(request),
        by=lambda roles: request.format.join(rulebook.role_title(role).render(request.user.language) for role in roles),
    )


@pages.get("/rulebook/paper", view="rulebook")
def show_paper(request: PageRequest) -> Response:
    """Show the full text of the measure as it was issued, from its notice to its last annex."""
    compiled = _chosen_edition(request)
    return request.answer.page("paper.html", lines=list(printed_lines(compiled.rulebook)), pin=compiled.pin)


def _editions(request: PageRequest) -> list[str]:
    """The pins of the edition in force and of every edition that binds a stream."""
    stored = {f"{id_}@{digest}" for digest, (id_, _) in queries.rulebooks(request.database).items()}
    return sorted(stored | {request.engine.editions.in_force.pin})


def _chosen_edition(request: PageRequest) -> CompiledRulebook:
    """The edition in the URL, or the one in force if the URL has none. Raises `NotKnown`."""
    pin, editions = request.query.get("edition", ""), _editions(request)
    if pin and pin not in editions:
        title, clause = Text(zh="办法版本", en="edition"), Text(zh="本系统·办法版本", en="our rule for editions")
        raise NotKnown(what=title, value=pin[:80], known=", ".join(editions), clause=clause)
    return request.engine.editions.of_pin(pin)
