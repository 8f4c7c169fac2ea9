"""The path of the page of an assessment in the past. It has the position in the ledger, so that people can cite it."""

from __future__ import annotations

from urllib.parse import urlencode

from states.streams import Stream


def past_assessment(year: int, unit: str, occasion: str | None = None, as_of: object = "") -> str:
    """The path of the page of an assessment at an entry, a day or a time (`as_of`); at present if `as_of` is empty."""
    query = {name: value for name, value in (("occasion", occasion), ("as_of", as_of)) if value}
    return f"/audit/assessments/{year}/{unit}" + (f"?{urlencode(query)}" if query else "")


def past_stream(name: str, number: int) -> str:
    """The path of the page of an assessment at an entry, by its stream; empty for a stream of another kind."""
    stream = Stream.parse(name)
    if stream.year is None or stream.unit is None:
        return ""
    return past_assessment(stream.year, stream.unit, stream.occasion, number)
