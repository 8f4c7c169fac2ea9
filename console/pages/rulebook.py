"""考核办法: the edition in force, every clause of it, as the office reads it. Nothing here can be changed: an edition is a file."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from console.routes import Pages
from console.visit import Visit
from states.rulebook import Rulebook, Setting

pages = Pages()


@pages.get("/rulebook", view="rulebook", nav=True)
def show(visit: Visit) -> Response:
    edition = visit.engine.editions.in_force.edition
    rulebook = edition.rulebook
    return visit.page("rulebook.html", rulebook=rulebook, pin=edition.pin, settings=list(_settings(rulebook)))


def _settings(rulebook: Rulebook) -> Iterator[tuple[str, Setting]]:
    """The readings of what the measure leaves open, by name."""
    for name in type(rulebook.settings).model_fields:
        yield name, getattr(rulebook.settings, name)
