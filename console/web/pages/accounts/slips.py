"""A slip of paper (纸条) with the one-time link of one person, printed and handed over if it did not go by mail."""

from __future__ import annotations

from datetime import datetime

import segno
from msgspec import Struct

from console.web.request.page_request import PageRequest
from states.accounts.links import LINK_LIFETIME
from states.user_errors import UserError
from storage import people

from .accounts import public_url


class Slip(Struct, frozen=True):
    """What a person must know to use a one-time link, and until when it is valid. `picture`: the link as a QR code.

    `failure`: why it could not be sent by mail; None if it was not tried.
    """

    account: str
    name: str
    unit: str
    staff_number: str
    url: str
    picture: str
    until: datetime
    failure: UserError | None = None


def slip_of(request: PageRequest, id_: str, path: str) -> Slip:
    """The slip for the holder of an account. `path`: that of the link."""
    state, url = request.account_of(id_), public_url(request, path)
    person = people.person(request.database, state.person or "")
    return Slip(
        account=id_,
        name=request.account_names.get(id_, id_),
        unit=request.roster.title(state.unit) if state.unit else "",
        staff_number=person.staff_number if person is not None else "",
        url=url,
        picture=segno.make(url, error="m").svg_data_uri(scale=4, border=2),
        until=request.now + LINK_LIFETIME,
    )
