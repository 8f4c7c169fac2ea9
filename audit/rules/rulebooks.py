"""The rulebooks that entries name, as the database keeps them: each is checked against its digest before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from audit.defect import Defect, make_defect
from config.rulebooks import RulebookFault, parse
from states.compiled_rulebook import CompiledRulebook
from states.vocabulary import Text


def compiled_rulebooks(stored: Mapping[str, tuple[str, str]]) -> tuple[dict[str, CompiledRulebook], list[Defect]]:
    """Every usable edition by its pin `id@digest`, and a defect for each that is not."""
    usable: dict[str, CompiledRulebook] = {}
    defects = []
    for digest, (id_, source) in sorted(stored.items()):
        compiled = _compiled(digest, id_, source)
        if isinstance(compiled, CompiledRulebook):
            usable[compiled.pin] = compiled
        else:
            defects.append(make_defect("rulebook", None, None, digest=digest[:12], why=compiled))
    return usable, defects


def _compiled(digest: str, id_: str, source: str) -> CompiledRulebook | Text:
    """The edition a row of the table holds, or why it holds none."""
    raw = source.encode(errors="surrogatepass")
    if sha256(raw).hexdigest() != digest:
        return Text(zh="内容已被改动", en="its text was changed")
    try:
        rulebook = parse(raw, f"{id_} (database)").rulebook
    except RulebookFault as fault:
        return Text(zh=fault.render("zh"), en=fault.render("en"))
    if rulebook.id != id_:
        return Text(zh=f"其 id 为 {rulebook.id}，不是 {id_}", en=f"its id is {rulebook.id}, not {id_}")
    return CompiledRulebook(rulebook, f"{id_}@{digest}")
