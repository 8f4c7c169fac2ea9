"""What a score sheet's file says of itself in a hidden sheet: for which form of which assessment it was made."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec import Struct

from config.cells import Workbook
from documents.sheets.writing import HIDDEN_SHEET
from states.assessment import Assessment

FORMAT = "1"


class Origin(Struct, frozen=True):
    """The form for which a file was made.

    - `act`, `stream`: the form and the assessment. `version`: that of the stream then.
    - `account`: for whom; empty for anybody who may fill it in.
    - `edition`: the rulebook. `year`, `unit`: for people who read the refusal of a wrong file.
    """

    act: str
    stream: str
    account: str
    version: str
    edition: str
    year: str
    unit: str

    def fields(self) -> dict[str, str]:
        """The pairs of the hidden sheet, with a checksum against damage; it proves nothing."""
        values: dict[str, str] = {"format": FORMAT, **msgspec.structs.asdict(self)}
        return {**values, "check": _check(values)}


def origin_of(act: str, state: Assessment, pin: str, account: str) -> Origin:
    """That of a file which is made now. `pin`: the edition; `account`: who fills in the sheet of an assessor."""
    return Origin(
        act=act,
        stream=state.stream,
        account=account if act == "fill_sheet" else "",
        version=str(state.version),
        edition=pin,
        year=str(state.year),
        unit=state.unit,
    )


def origin_in(workbook: Workbook) -> Origin | None:
    """What the file says of itself; None if it does not say, or if that was changed."""
    sheet = next((one for one in workbook if one.name == HIDDEN_SHEET), None)
    if sheet is None:
        return None
    values = {row.text(1): row.text(2) for row in sheet.rows}
    check = values.pop("check", "")
    if check != _check(values) or values.pop("format", "") != FORMAT:
        return None
    try:
        return msgspec.convert(values, Origin)
    except msgspec.ValidationError:
        return None


def _check(values: Mapping[str, str]) -> str:
    return sha256(msgspec.json.encode(sorted(values.items()))).hexdigest()[:16]
