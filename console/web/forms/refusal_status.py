"""The HTTP status of a page that shows a form again with a refusal."""

from __future__ import annotations

from states.refusals import Refusal
from states.user_errors import UserError


def status_of(error: UserError | None) -> int:
    """200 without a refusal, 403 for a grave one (somebody tried an act of others), 409 for any other."""
    if error is None:
        return 200
    return 403 if isinstance(error, Refusal) and error.grave else 409
