"""What a form says in confidence: it goes to the vault, and in no draft, no document, no entry and no address.

In a form it stands in fields that begin with `PREFIX`: at each place a text or a file, and about whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from documents.inspection import inspect
from states import confidential as law
from states.confidential import Kept
from states.guards import LARGEST_DOCUMENT
from states.refusals import Malformed, Refusal
from states.sentences import Told
from states.vocabulary import Command, Text
from storage.vault import Vault
from workflow import confidential

from . import checking
from .confidential_files import PREFIX
from .fields import MOST_IN_CONFIDENCE
from .visit import Visit


class NotKept(Refusal):
    """There is no vault to keep it in."""

    zh = "{why} 本次提交未成功；不填保密内容即可先行办理。"
    en = "{why} Nothing was submitted. You can submit the form without the confidential part."


class Said(Struct, frozen=True):
    """One thing said in confidence: of what kind, about whom, and what."""

    kind: Kept
    about: str | None
    data: bytes


def locked(visit: Visit) -> Told | None:
    """Why the vault cannot be used; None where it can."""
    try:
        Vault.of(visit.database)
    except Told as why:
        return why
    return None


def said(visit: Visit, place: str, kind: Kept, about: str | None) -> Said | None:
    """What stands at a place of the form; None where nothing does. NotTaken, NotKept, Malformed."""
    name = f"{PREFIX}{place}"
    text, file = visit.field(f"{name}.text"), visit.file(f"{name}.file")
    if not text and file is None:
        return None
    why = locked(visit)
    if why is not None:
        raise NotKept(why=Text(zh=why.say("zh"), en=why.say("en")))
    if (text and file is not None) or len(text) > MOST_IN_CONFIDENCE:
        only = Text(
            zh=f"文字和文件只选一种，文字不超过 {MOST_IN_CONFIDENCE} 字",
            en=f"a text or a file, not both; a text of {MOST_IN_CONFIDENCE} characters at most",
        )
        raise Malformed(what=law.KINDS[kind], why=only, clause=law.CLAUSE)
    if file is None:
        return Said(kind, about, text.encode())
    file.file.seek(0)
    data = file.file.read(LARGEST_DOCUMENT + 1)
    inspect(file.filename or "", data)
    return Said(kind, about, data)


def keep(visit: Visit, command: Command, stream: str, things: Sequence[Said], units: Iterable[str]) -> Command:
    """Keep what was said, and let the command name it where it has a place for that.

    Only if the command would be done now, as it was checked: what is refused leaves nothing in the vault, and its refusal is told, and
    put on record, by whoever submits it next.
    """
    if not things:
        return command
    if not checking.is_confirmed(visit, stream, command):
        visit.is_incomplete = True
        return command
    store, actor = Vault.of(visit.database), visit.actor(*law.BY["keep_value"])
    found = tuple(
        confidential.keep(visit.engine, store, actor, one.kind, one.about, one.data, stream, units) for one in things
    )
    return replace(command, notes=found) if "notes" in command.__struct_fields__ else command
