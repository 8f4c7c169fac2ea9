"""The confidential fields of a form.

Their content goes to the vault, and never to a draft, a document, an entry or a URL.

The names of these fields begin with `PREFIX`. At each place of a form there is a field for a text, one for a file, and
sometimes one for the person it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from console.web.request.page_request import PageRequest
from documents.inspection import inspect
from states.custody import confidential as law
from states.custody.confidential import ValueKind
from states.guards import LARGEST_DOCUMENT
from states.refusals import Malformed, Refusal
from states.user_errors import UserError
from states.vocabulary import Command, Text
from storage.vault.vault import Vault
from workflow import confidential

from . import confirmation
from .confidential_files import PREFIX
from .fields import MOST_IN_CONFIDENCE


class NoVault(Refusal):
    """The vault cannot be used, so confidential content cannot be stored."""

    zh = "{why} 本次提交未成功；不填保密内容即可先行办理。"
    en = "{why} Nothing was submitted. You can submit the form without the confidential part."


class ConfidentialContent(Struct, frozen=True):
    """A confidential text or file of a form. `about` is the person it is about, if anybody."""

    kind: ValueKind
    about: str | None
    data: bytes


def why_unusable(request: PageRequest) -> UserError | None:
    """Why the vault cannot be used; None if it can."""
    try:
        Vault.of(request.database)
    except UserError as why:
        return why
    return None


def read(request: PageRequest, place: str, kind: ValueKind, about: str | None) -> ConfidentialContent | None:
    """The text or file at a place of the form; None if there is none.

    Raises `FileNotAccepted`, `NoVault`, `Malformed`.
    """
    name = f"{PREFIX}{place}"
    text, file = request.form.text(f"{name}.text"), request.form.file(f"{name}.file")
    if not text and file is None:
        return None
    why = why_unusable(request)
    if why is not None:
        raise NoVault(why=Text(zh=why.render("zh"), en=why.render("en")))
    if (text and file is not None) or len(text) > MOST_IN_CONFIDENCE:
        only = Text(
            zh=f"文字和文件只选一种，文字不超过 {MOST_IN_CONFIDENCE} 字",
            en=f"a text or a file, not both; a text of {MOST_IN_CONFIDENCE} characters at most",
        )
        raise Malformed(what=law.VALUE_KIND_TITLES[kind], why=only, clause=law.CLAUSE)
    if file is None:
        return ConfidentialContent(kind, about, text.encode())
    file.file.seek(0)
    data = file.file.read(LARGEST_DOCUMENT + 1)
    inspect(file.filename or "", data)
    return ConfidentialContent(kind, about, data)


def store(
    request: PageRequest, command: Command, stream: str, contents: Sequence[ConfidentialContent], units: Iterable[str]
) -> Command:
    """Store the contents in the vault. Returns the command, with references to them if it has a field for that."""
    # Only if the command would be done now. A command that will be refused must leave nothing in the vault: it is
    # returned without references and marked as incomplete, and the engine refuses it when it is submitted.
    if not contents:
        return command
    if not confirmation.is_confirmed(request, stream, command):
        request.form.is_incomplete = True
        return command
    store, actor = Vault.of(request.database), request.user.actor(*law.ROLES_OF_ACT["keep_value"])
    references = tuple(
        confidential.store(request.engine, store, actor, one.kind, one.about, one.data, stream, units)
        for one in contents
    )
    return replace(command, notes=references) if "notes" in command.__struct_fields__ else command
