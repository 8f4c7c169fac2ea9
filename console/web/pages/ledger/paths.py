"""The paths of pages about past states. A path has the position in the ledger, so that people can cite it."""

from __future__ import annotations

from urllib.parse import urlencode

from states.streams import Stream


def past_assessment(year: int, unit: str, occasion: str | None = None, as_of: object = "") -> str:
    """The path of an assessment at an entry, a day or a time; at present if `as_of` is empty."""
    query = {name: value for name, value in (("occasion", occasion), ("as_of", as_of)) if value}
    return f"/audit/assessments/{year}/{unit}" + (f"?{urlencode(query)}" if query else "")


def past_stream(name: str, number: int) -> str:
    """The path of a stream's assessment at an entry; empty if the stream is not that of an assessment."""
    stream = Stream.parse(name)
    if stream.year is None or stream.unit is None:
        return ""
    return past_assessment(stream.year, stream.unit, stream.occasion, number)
