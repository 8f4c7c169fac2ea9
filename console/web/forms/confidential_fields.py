"""Reads the confidential fields of a form and stores their content in the vault.

Their content goes to the vault, and never to a draft, a document, an entry or a URL. The names of these fields begin
with `PREFIX`. Each place of a form has a field for a text, one for a file, and sometimes one for the person whom it
concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from console.web.request.page_request import PageRequest
from documents.inspection import inspect
from states.custody import confidential as law
from states.custody.confidential import ValueKind
from states.guards import MAX_DOCUMENT_SIZE
from states.refusals import Malformed, Refusal
from states.rulebook.roles import value_keepers
from states.user_errors import UserError
from states.vocabulary import Command, Text
from storage.vault.vault import Vault
from workflow import confidential

from . import confirmation
from .confidential_files import PREFIX
from .fields import MAX_CONFIDENTIAL_TEXT


class NoVault(Refusal):
    """The vault cannot be used, so confidential content cannot be stored."""

    zh = "{why} 本次提交未成功；不填保密内容即可先行办理。"
    en = "{why} Nothing was submitted. You can submit the form without the confidential part."


class ConfidentialContent(Struct, frozen=True):
    """A confidential text or file of a form. `about` is the id of the person whom it concerns, or None."""

    kind: ValueKind
    about: str | None
    data: bytes


def vault_error(request: PageRequest) -> UserError | None:
    """The reason why the vault cannot be used; None if it can."""
    try:
        Vault.for_database(request.database)
    except UserError as error:
        return error
    return None


def read(request: PageRequest, place: str, kind: ValueKind, about: str | None) -> ConfidentialContent | None:
    """The text or file at a place of the form; None if there is none.

    Raises `FileNotAccepted`, `NoVault`, `Malformed`.
    """
    name = f"{PREFIX}{place}"
    text, file = request.form.text(f"{name}.text"), request.form.file(f"{name}.file")
    if not text and file is None:
        return None
    unusable = vault_error(request)
    if unusable is not None:
        raise NoVault(why=Text(zh=unusable.render("zh"), en=unusable.render("en")))
    if (text and file is not None) or len(text) > MAX_CONFIDENTIAL_TEXT:
        limits = Text(
            zh=f"文字和文件只选一种，文字不超过 {MAX_CONFIDENTIAL_TEXT} 字",
            en=f"a text or a file, not both; a text of {MAX_CONFIDENTIAL_TEXT} characters at most",
        )
        raise Malformed(what=law.VALUE_KIND_TITLES[kind], why=limits, clause=law.CLAUSE)
    if file is None:
        return ConfidentialContent(kind, about, text.encode())
    file.file.seek(0)
    data = file.file.read(MAX_DOCUMENT_SIZE + 1)
    inspect(file.filename or "", data)
    return ConfidentialContent(kind, about, data)


def store(
    request: PageRequest, command: Command, stream: str, contents: Sequence[ConfidentialContent], units: Iterable[str]
) -> Command:
    """Store the contents in the vault if the command would be done now, exactly as the person confirmed it.

    Returns the command, with references to the contents if it has a field for references. Otherwise nothing is stored,
    the command is returned unchanged, and the form is marked as incomplete: the engine then refuses the command.
    """
    # A refused command must leave nothing in the vault.
    if not contents:
        return command
    if not confirmation.is_confirmed(request, stream, command):
        request.form.is_incomplete = True
        return command
    vault, concerned = Vault.for_database(request.database), tuple(units)
    actor = request.actor_for(concerned, *value_keepers(request.rulebook))
    references = tuple(
        confidential.store(request.engine, vault, actor, content.kind, content.about, content.data, stream, concerned)
        for content in contents
    )
    return replace(command, notes=references) if "notes" in command.__struct_fields__ else command
