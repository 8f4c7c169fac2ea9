"""意见: the comments that those who work on an assessment write to each other: all of them, a new one, and to withdraw one.

They are no facts of the ledger (`storage/papers/comments.py`). The page of an assessment shows them too. The department
and its people never read them, in any role.
"""

from __future__ import annotations

from starlette.responses import Response

from console.web.assessment_paths import assessment_path
from console.web.forms.fields import Fields
from console.web.forms.refusal_status import status_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.custody.tables import CLAUSE
from states.refusals import Refusal
from states.views import COMMENTS, readers
from states.vocabulary import Text
from storage.papers.comments import Comment, comments_of
from workflow.comments import add_comment, withdraw_comment

from .assessment import assessment_of, stream_of

pages = Pages()

_TITLE = Text(zh="意见", en="the comment")
_PATH = "/assessments/{year:int}/{unit}/comments"


class CommentGone(Refusal):
    """There is no such comment on this assessment."""

    zh = "本考核没有这条意见（{clause}）。请返回考核页查看。"
    en = "There is no such comment on this assessment ({clause}). Go back to its page."


@pages.get(_PATH, view=COMMENTS)
def show(request: PageRequest, year: int, unit: str) -> Response:
    return _page(request, stream_of(request, year, unit))


@pages.post(_PATH, view=COMMENTS)
def write(request: PageRequest, year: int, unit: str) -> Response:
    """Add the comment in the form."""
    stream = stream_of(request, year, unit)
    state, _, _ = assessment_of(request, stream)
    try:
        fields = Fields(request.form, CLAUSE)
        text = fields.values({"text": lambda: fields.word("text", _TITLE)})["text"]
        actor = request.actor_for((unit,), *readers(COMMENTS, request.rulebook))
        add_comment(request.engine, stream, text, actor, request.now, request.form.command_id)
    except Refusal as refusal:
        return _page(request, stream, refusal)
    return request.answer.redirect(f"{assessment_path(state)}#comments")


@pages.post(f"{_PATH}/{{comment}}/withdraw", view=COMMENTS)
def withdraw(request: PageRequest, year: int, unit: str, comment: str) -> Response:
    """Withdraw a comment of the user's own."""
    stream = stream_of(request, year, unit)
    state, _, _ = assessment_of(request, stream)
    try:
        one = _comment_of(request, stream, comment)
        actor = request.actor_for((unit,), *readers(COMMENTS, request.rulebook))
        withdraw_comment(request.engine, one, actor, request.now, request.form.command_id)
    except Refusal as refusal:
        return _page(request, stream, refusal)
    return request.answer.redirect(f"{assessment_path(state)}#comments")


def _comment_of(request: PageRequest, stream: str, id_: str) -> Comment:
    """The comment on this assessment with this id. Raises `CommentGone`."""
    comment = next((one for one in comments_of(request.database, stream) if one.id == id_), None)
    if comment is None:
        raise CommentGone(clause=CLAUSE)
    return comment


def _page(request: PageRequest, stream: str, refusal: Refusal | None = None) -> Response:
    state, _, _ = assessment_of(request, stream)
    return request.answer.page(
        "comments.html",
        status_of(refusal),
        state=state,
        link=lambda act="", **more: assessment_path(state, act, **more),
        comments=comments_of(request.database, stream),
        refusal=refusal,
    )
