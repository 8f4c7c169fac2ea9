"""The addresses of assessments as they were. An address holds the position in the ledger, so that it can be cited."""

from __future__ import annotations

from urllib.parse import urlencode

from states.streams import Stream


def past_assessment(year: int, unit: str, occasion: str | None = None, as_of: object = "") -> str:
    """The page of an assessment as of an entry, a day or a time; as it is now where `as_of` is empty."""
    query = {name: value for name, value in (("occasion", occasion), ("as_of", as_of)) if value}
    return f"/audit/assessments/{year}/{unit}" + (f"?{urlencode(query)}" if query else "")


def past_stream(name: str, number: int) -> str:
    """The page of the assessment of this stream as of an entry; empty for a stream that is no assessment."""
    stream = Stream.parse(name)
    if stream.year is None or stream.unit is None:
        return ""
    return past_assessment(stream.year, stream.unit, stream.occasion, number)
