"""A person checks a final act before it is done. A page shows the typed values, the empty fields and the consequences.

All forms of pages do this in the same way; a program needs no confirmation. `submitting.submit` raises `CheckNeeded`
for a final act (`states/acts.py: Act.is_final`) if the form does not say `_do=confirm`. Then `console/app.py` shows the
check page (`confirmation_page.py`). Its hidden fields have all typed values, and the digest of each fact and of each
confidential file that it showed. So nothing is stored between the two requests.

At confirmation the engine compares the digest with that of the fact it is about to record. If they differ, something
has changed since the check page: nothing is recorded, and the person checks again. 返回修改 leads back to the form
(`BackToForm`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.web.numbers import whole_number
from states.acts import ACTS
from states.refusals import OutcomeChanged, Refusal, StaleForm, stale_form
from states.stream_kinds import State
from states.vocabulary import Command, Text
from workflow.previews import Decision, Preview

from . import confidential_files, uploads

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest

CONFIRM, EDIT = "confirm", "edit"
EXPECTED, OUTCOME = "expected-", "_outcome"
"""Hidden fields of the check page: for each stream the digest of its fact; and the sentences about the consequences."""

_ADDED_FIELDS = frozenset(
    ("form_token", "command_id", "version", "seen", "_do", "_page", OUTCOME, uploads.REMOVE_FIELD)
)
_ADDED_PREFIXES = (EXPECTED, confidential_files.CHECKED)

UNSEEN = ""
"""No fact has this digest. A command that expects it is refused, because the person has not seen the fact."""


class BackToForm(Refusal):
    """The person went back from the check page to the form. The command was not submitted."""

    zh = "已返回修改，尚未提交。填写的内容都已保留{files}。"
    en = "You are back in the form. Nothing has been submitted, and what you filled in is kept{files}."


class CheckNeeded(Exception):
    """Nothing was done: the person has to check the act first, or once more.

    `refusal` is an error of the confirmation itself; `change` is the change since the check page.
    """

    def __init__(
        self, previews: Sequence[Preview], refusal: Refusal | None = None, change: Refusal | None = None
    ) -> None:
        super().__init__()
        self.previews = tuple(previews)
        self.refusal = refusal
        self.change = change


def is_added_by_page(name: str) -> bool:
    """Whether a page adds this field to its form, so that nobody typed it."""
    return name in _ADDED_FIELDS or name.startswith(_ADDED_PREFIXES)


def needs_check(request: PageRequest, act: str) -> bool:
    """Whether the person still has to check the act, so that nothing may be written yet."""
    return request.form.is_from_page and ACTS[act].is_final and request.form.text("_do") != CONFIRM


def confirmed_facts(request: PageRequest, decisions: Sequence[Decision]) -> dict[str, str | None]:
    """For each stream the digest of the fact that the person has confirmed, or None if the act needs no confirmation.

    `UNSEEN` if nothing may be recorded. Raises `CheckNeeded` if the person has to check the act, and `BackToForm`.
    """
    streams = [decision.stream for decision in decisions]
    if not any(request.form.is_from_page and ACTS[decision.command.act].is_final for decision in decisions):
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
        previews = _previews(request, decisions)
    except Refusal:
        # A command that would be refused has no check page: the engine refuses it, and records the attempt if it is
        # grave. Such a command may become possible before it is submitted. It must still not be done without a check,
        # so the engine expects `UNSEEN`.
        return dict.fromkeys(streams, UNSEEN)
    raise CheckNeeded(previews)


def confirmed_fact(request: PageRequest, stream: str) -> str | None:
    """The digest of the fact that the check page showed, or `UNSEEN` if it showed none.

    None if the form does not come from a check page.
    """
    if request.form.is_incomplete:
        return UNSEEN
    return request.form.text(EXPECTED + stream) if _is_from_check_page(request) else None


def is_confirmed(request: PageRequest, stream: str, command: Command) -> bool:
    """Whether the command would be done now, exactly as it was checked. Otherwise nothing may be written beside it."""
    if needs_check(request, command.act):
        return False
    try:
        _check_files(request)
        preview = request.prepare(stream, command).preview()
        check_version(request, preview.state, whole_number(request.form.text("version")))
    except Refusal:
        return False
    return confirmed_fact(request, stream) in (None, preview.digest)


def check_again(request: PageRequest, stream: str, command: Command, change: OutcomeChanged | StaleForm) -> Exception:
    """The exception to raise when the engine reports a change.

    After a check page it is `CheckNeeded` with the change. For a form without a check page it is `StaleForm`, or
    `CheckNeeded` if the command was refused before and has become possible. Raises the `Refusal` if the command is no
    longer possible.
    """
    was_checked = _is_from_check_page(request)
    if isinstance(change, StaleForm) and not was_checked:
        return change
    # Prepared again, because the earlier decision was about the older state.
    preview = request.prepare(stream, command).preview()
    return CheckNeeded([preview], change=change if was_checked else None)


def check_version(request: PageRequest, state: State, shown_version: int | None) -> None:
    """Raise `StaleForm` if the stream has changed since the form was shown at `shown_version`. None: no check."""
    if shown_version not in (None, state.version):
        newest_entries = request.engine.ledger.stream(state.stream, max(state.version - 1, 0))
        raise stale_form(shown_version, state.version, [entry.actor for entry in newest_entries], request.user.id)


def back_to_form(request: PageRequest) -> BackToForm:
    """The refusal that is shown when the person goes back to the form."""
    # It names the confidential files: a page cannot fill in a file field, so the person has to choose them again.
    names = [file.name for file in confidential_files.files_to_confirm(request).values()]
    hint = Text(
        zh=f"；请重新选择保密文件：{'、'.join(names)}", en=f"; choose the confidential files again: {', '.join(names)}"
    )
    return BackToForm(files=hint if names else "")


def _previews(request: PageRequest, decisions: Sequence[Decision]) -> list[Preview]:
    """A preview of each decision. Raises the `Refusal` of the first decision that has one."""
    shown_version, previews = whole_number(request.form.text("version")), []
    for decision in decisions:
        preview = decision.preview()
        check_version(request, preview.state, shown_version)
        previews.append(preview)
    return previews


def _check_files(request: PageRequest) -> None:
    if _is_from_check_page(request):
        confidential_files.check(request)


def _is_from_check_page(request: PageRequest) -> bool:
    return request.form.text("_do") == CONFIRM and any(name.startswith(EXPECTED) for name in request.form)
