"""The page to check a final act on before it is done: what was typed, what is empty, what follows and for whom. Nothing is written before it.

One way for every form: `submitting.submit` raises `CheckNeeded` for an act that is final (`states/chart.py: Act.is_final`) until the form
says `_do=confirm`. The page (`confirmation_page.py`) carries everything that was typed, so it needs no memory, and with it what it showed: the
digest of each fact and of each confidential file. The engine compares the first with what it is about to record. Where something is
different the page is shown again, and nothing is recorded. 返回修改 sends it back to its form (`BackToForm`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.web.numbers import whole_number
from states.chart import ACTS
from states.refusals import OutcomeChanged, Refusal, StaleForm, stale_form
from states.stream_kinds import State
from states.vocabulary import Command, Text
from workflow.previews import Decision, Preview

from . import confidential_files, uploads

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest

CONFIRM, EDIT = "confirm", "edit"
EXPECTED, OUTCOME = "expected-", "_outcome"
"""Fields of the check page: by stream, the digest of the fact it showed; and the sentences that said what follows."""

_OURS = frozenset(("form_token", "command_id", "version", "seen", "_do", "_page", OUTCOME, uploads.REMOVE))
_OURS_BY_NAME = (EXPECTED, confidential_files.CHECKED)

UNSEEN = ""
"""The digest of no fact: whatever the engine would record is something the person has not seen."""


class BackToForm(Refusal):
    """The person went back from the check page to the form. Nothing was asked of the law, and nothing was done."""

    zh = "已返回修改，尚未提交。填写的内容都已保留{files}。"
    en = "You are back in the form. Nothing has been submitted, and what you filled in is kept{files}."


class CheckNeeded(Exception):
    """Nothing was done: it is to be checked first, or once more.

    `refusal` says what is wrong with the confirmation itself; `change`, that something has changed since the page was shown.
    """

    def __init__(
        self, previews: Sequence[Preview], refusal: Refusal | None = None, change: Refusal | None = None
    ) -> None:
        super().__init__()
        self.previews = tuple(previews)
        self.refusal = refusal
        self.change = change


def is_ours(name: str) -> bool:
    """Whether the form itself adds the field, so that it is nothing anybody typed."""
    return name in _OURS or name.startswith(_OURS_BY_NAME)


def needs_check(request: PageRequest, act: str) -> bool:
    """Whether this form is to be checked before the act is done, so that nothing may be written yet."""
    return request.form.is_from_page and ACTS[act].is_final and request.form.text("_do") != CONFIRM


def confirmed_facts(request: PageRequest, decisions: Sequence[Decision]) -> dict[str, str | None]:
    """By stream, the digest of the fact that the person has seen and confirmed, for the engine to compare; None to compare nothing.

    Raises `CheckNeeded` where that is still to be done, or is to be done with the same confidential files, and `BackToForm`. What would be
    refused is not shown, so that the engine refuses it and records a grave attempt; if it is possible by then, it is `UNSEEN`.
    """
    streams = [one.stream for one in decisions]
    if not any(request.form.is_from_page and ACTS[one.command.act].is_final for one in decisions):
        return dict.fromkeys(streams)
    if request.form.text("_do") == EDIT:
        raise back_to_form(request)
    if request.form.text("_do") == CONFIRM:
        try:
            _check_files(request)
        except Refusal as refusal:
            raise CheckNeeded(_previews(request, decisions), refusal) from None
        return {stream: confirmed_fact(request, stream) for stream in streams}
    try:
        found = _previews(request, decisions)
    except Refusal:
        return dict.fromkeys(streams, UNSEEN)
    raise CheckNeeded(found)


def confirmed_fact(request: PageRequest, stream: str) -> str | None:
    """The digest of the fact that the check page showed for a stream, `UNSEEN` where it showed none; None if the form is from no check page."""
    if request.form.is_incomplete:
        return UNSEEN
    return request.form.text(EXPECTED + stream) if _is_from_check_page(request) else None


def is_confirmed(request: PageRequest, stream: str, command: Command) -> bool:
    """Whether the command would be done now, and as it was checked: otherwise nothing may be written beside it."""
    if needs_check(request, command.act):
        return False
    try:
        _check_files(request)
        found = request.prepare(stream, command).preview()
        check_version(request, found.state, whole_number(request.form.text("version")))
    except Refusal:
        return False
    return confirmed_fact(request, stream) in (None, found.digest)


def check_again(request: PageRequest, stream: str, command: Command, change: OutcomeChanged | StaleForm) -> Exception:
    """What to raise where the engine found that something has changed: the page once more, after a check page.

    Raises the Refusal of what is not possible any more.
    """
    was_checked = _is_from_check_page(request)
    if isinstance(change, StaleForm) and not was_checked:
        return change
    # Something was written meanwhile, so what the command was decided on before is out of date.
    preview = request.prepare(stream, command).preview()
    return CheckNeeded([preview], change=change if was_checked else None)


def check_version(request: PageRequest, state: State, seen: int | None) -> None:
    """Raise `StaleForm` if the stream has moved on since the form was shown, at the version `seen`; None asks for no check."""
    if seen not in (None, state.version):
        last = request.engine.ledger.stream(state.stream, max(state.version - 1, 0))
        raise stale_form(seen, state.version, [entry.actor for entry in last], request.user.id)


def back_to_form(request: PageRequest) -> BackToForm:
    """What to raise, or to show, where the person goes back. A browser lets no page choose a file, so those are named."""
    names = [one.name for one in confidential_files.to_confirm(request).values()]
    again = Text(
        zh=f"；请重新选择保密文件：{'、'.join(names)}", en=f"; choose the confidential files again: {', '.join(names)}"
    )
    return BackToForm(files=again if names else "")


def _previews(request: PageRequest, decisions: Sequence[Decision]) -> list[Preview]:
    seen, found = whole_number(request.form.text("version")), []
    for decision in decisions:
        one = decision.preview()
        check_version(request, one.state, seen)
        found.append(one)
    return found


def _check_files(request: PageRequest) -> None:
    if _is_from_check_page(request):
        confidential_files.check(request)


def _is_from_check_page(request: PageRequest) -> bool:
    return request.form.text("_do") == CONFIRM and any(name.startswith(EXPECTED) for name in request.form)
