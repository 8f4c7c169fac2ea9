"""The paths of an assessment's pages, and the acts that have a page for many assessments."""

from __future__ import annotations

from urllib.parse import urlencode

from states.assessment import Assessment
from states.streams import Stream

BULK_ACTS = ("circulate", "complete_task", "move_deadline", "chase")
"""The acts that are done for many assessments at once: one notice, one filing, one deadline, one reason to ask.

The committee's resolution has a separate page (`pages/assessments/resolution.py`). Every other act differs from
department to department.
"""


def path_of_stream(stream: str) -> str:
    """The path of the page of an assessment, by the name of its stream."""
    there = Stream.parse(stream)
    query = f"?{urlencode({'occasion': there.occasion})}" if there.occasion else ""
    return f"/assessments/{there.year}/{there.unit}{query}"


def assessment_path(state: Assessment, act: str = "", **more: str) -> str:
    """The path of an assessment's page, or of the form of an act on it. The query names a special assessment.

    `more` are further fields of the query.
    """
    query = {"occasion": state.occasion, **more} if state.occasion else more
    return (
        f"/assessments/{state.year}/{state.unit}"
        + (f"/{act}" if act else "")
        + (f"?{urlencode(query)}" if query else "")
    )
