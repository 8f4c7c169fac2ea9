"""考核办法: every clause, indicator table and setting of an edition, as the rulebook holds them. The edition in force, or one kept."""

from __future__ import annotations

from msgspec import Struct
from starlette.responses import Response

from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.compiled_rulebook import CompiledRulebook
from states.refusals import NotKnown
from states.rulebook.printed_measure import paper
from states.rulebook.readings import reading
from states.rulebook.types import Setting
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
    ("settings", Text(zh="条文理解与设置", en="Readings and settings")),
)
"""The parts of the page, in its order."""


class Reading(Struct, frozen=True):
    """One ambiguity of the measure as it is read: as a sentence, with its clause and why."""

    said: Text
    setting: Setting


@pages.get("/rulebook", view="rulebook")
def show(request: PageRequest) -> Response:
    compiled = _law(request)
    rulebook = compiled.rulebook
    readings = [
        Reading(reading(name, rulebook.settings), getattr(rulebook.settings, name))
        for name in type(rulebook.settings).model_fields
    ]
    return request.answer.page(
        "rulebook.html", rulebook=rulebook, pin=compiled.pin, parts_of=PARTS, readings=readings,
        in_force=request.engine.editions.in_force.pin, kept=_kept(request),
        by=lambda roles: request.format.join(rulebook.role_title(role).render(request.user.language) for role in roles),
    )  # fmt: skip


@pages.get("/rulebook/paper", view="rulebook")
def original(request: PageRequest) -> Response:
    """The measure in its own words, from its notice to its last annex, as it was issued."""
    compiled = _law(request)
    return request.answer.page("paper.html", lines=list(paper(compiled.rulebook)), pin=compiled.pin)


def _kept(request: PageRequest) -> list[str]:
    """The pins of every edition something stands under, the one in force among them."""
    kept = {f"{id_}@{digest}" for digest, (id_, _) in queries.rulebooks(request.database).items()}
    return sorted(kept | {request.engine.editions.in_force.pin})


def _law(request: PageRequest) -> CompiledRulebook:
    pin = request.query.get("edition", "")
    if pin and pin not in _kept(request):
        what = Text(zh="办法版本", en="edition")
        raise NotKnown(
            what=what,
            value=pin[:80],
            known=", ".join(_kept(request)),
            clause=Text(zh="本系统·办法版本", en="our rule for editions"),
        )
    return request.engine.editions.compiled(pin)
