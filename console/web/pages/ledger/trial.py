"""试算: somebody enters facts, and sees the explained result of every subject; under other readings too.

Nothing is recorded. What is asked for comes from the rulebook (`states/rulebook/trial/`); `trial_reading.py` reads it.
A link with what differs from the defaults shows the same trial again.
"""

from __future__ import annotations

from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import read_all
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from scenarios.variant import StoryChanges, variant_of
from states.compiled_rulebook import CompiledRulebook
from states.rulebook.readings import Reading
from states.rulebook.trial.trial_results import ResultPair, TrialResult, compare_results, trial_results
from states.rulebook.trial.trial_scope import TrialScope, TrialTeam
from states.rulebook.types import Rulebook
from states.user_errors import UserError
from states.vocabulary import Text

from .rulebook import chosen_edition
from .trial_reading import KIND, MOST_PERSONS, OWN_NUMBER, READING, TITLES, TypedTrial, read_choices, read_trial

pages = Pages()

LONGEST_LINK = 4000
"""A longer address may not pass through every server on its way."""


class TrialAnswer(Struct, frozen=True):
    """The results; beside them those under the other readings, whose sentences `changed` has; and the link."""

    results: list[TrialResult]
    pairs: list[ResultPair]
    changed: list[Text]
    link: str


@pages.get("/rulebook/trial", view="rulebook")
def show(request: PageRequest) -> Response:
    """Show the form with full marks, or the trial of a link."""
    request.form.prefill(request.query.multi_items())
    return _page(request, is_asked=KIND in request.form)


@pages.post("/rulebook/trial", view="rulebook")
def try_rules(request: PageRequest) -> Response:
    """Show the results of what was entered, or only the form for another kind of department."""
    return _page(request, is_asked=request.form.text("_do") != "form")


def _page(request: PageRequest, *, is_asked: bool) -> Response:
    compiled = chosen_edition(request)
    rulebook = compiled.rulebook
    kinds, readings = _kinds(rulebook), _readings(rulebook)
    typed = read_trial(request.form, _first_scope(request, rulebook), kinds)
    answer: TrialAnswer | None = None
    refusal: UserError | None = None
    try:
        answer = _answer(request, compiled, typed, readings) if is_asked else None
    except UserError as error:
        refusal = error
    return request.answer.page(
        "trial.html",
        status=200 if refusal is None else 409,
        refusal=refusal,
        label_of=TITLES,
        form=typed.form,
        texts=typed.texts,
        kinds=kinds,
        readings=readings,
        answer=answer,
        pin=compiled.pin,
        most_persons=MOST_PERSONS,
        titles=TITLES,
    )


def _answer(
    request: PageRequest, compiled: CompiledRulebook, typed: TypedTrial, readings: list[Reading]
) -> TrialAnswer:
    """The results of what was entered. Raises `InvalidForm`."""
    rulebook, language = compiled.rulebook, request.user.language
    # Both are read before either is refused, so that everything wrong is told at once.
    both = read_all({"facts": typed.inputs, "readings": lambda: read_choices(request.form, readings)})
    inputs, choices = both["facts"], both["readings"]
    results = trial_results(typed.form.scope, inputs, rulebook.readings, language)
    pairs: list[ResultPair] = []
    if choices:
        edition = request.engine.editions.edition_of(compiled.pin)
        other = variant_of(edition, StoryChanges(readings=choices), edition.rulebook.id).rulebook
        pairs = compare_results(
            results,
            trial_results(typed.form.scope.under(other, other.reading_locations), inputs, other.readings, language),
        )
    changed = [rulebook.readings[key].sentence_of(value) for key, value in choices.items()]
    return TrialAnswer(results, pairs, changed, _link(request, typed, compiled.pin))


def _first_scope(request: PageRequest, rulebook: Rulebook) -> TrialScope:
    """The first kind of department, with one head and two other members, this year."""
    return TrialScope(
        rules=rulebook, unit_kind=next(iter(_kinds(rulebook))).partition("@")[0], year=request.today.year,
        team=TrialTeam(1, 2), outside=rulebook.outside_titles, uses=rulebook.reading_locations,
        step=rulebook.scoring.step,
    )  # fmt: skip


def _kinds(rulebook: Rulebook) -> dict[str, Text]:
    """The kinds of department, in the round, and at each occasion (`kind@occasion`)."""
    titles = {kind.key: kind.title.text for kind in rulebook.unit_kind}
    kinds = {key: titles.get(key, Text(key, key)) for key in rulebook.plans}
    occasions = rulebook.outside_titles.occasions
    for occasion, plans in rulebook.occasion_plans.items():
        when = occasions.get(occasion, Text(occasion, occasion))
        for key in plans:
            title = titles.get(key, Text(key, key))
            kinds[f"{key}@{occasion}"] = Text(f"{title.zh}（{when.zh}）", f"{title.en} ({when.en})")
    return kinds


def _readings(rulebook: Rulebook) -> list[Reading]:
    """The readings that stand in a rule of results, and could be chosen otherwise."""
    standing = set(rulebook.reading_locations.values())
    every = (reading for reading in rulebook.reading if reading.key in standing)
    return [reading for reading in every if reading.others or reading.number is not None]


def _link(request: PageRequest, typed: TypedTrial, pin: str) -> str:
    """The address of this trial, with what differs from the defaults; empty if it is too long."""
    fields = typed.form.fields
    named = {name: request.form.text(name) for name in TITLES if name in request.form}
    facts = {name: text for name, text in typed.texts.items() if text != fields[name].default}
    choices = {
        name: request.form.text(name)
        for name in request.form
        if name.startswith((READING, OWN_NUMBER)) and request.form.text(name)
    }
    first = {KIND: typed.form.scope.kind, "edition": pin}
    link = f"/rulebook/trial?{urlencode({**first, **named, **facts, **choices})}"
    return link if len(link) <= LONGEST_LINK else ""
