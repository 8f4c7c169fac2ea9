"""Compiles the rulebooks that a database or a bundle stores.

A rulebook is used only if its text has the digest and the id that its row names, and can be read as an edition.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from audit.defect import Defect, make_defect
from config.rulebooks import RulebookFault, parse_edition
from states.compiled_rulebook import CompiledRulebook
from states.vocabulary import Text


def compile_rulebooks(rows: Mapping[str, tuple[str, str]]) -> tuple[dict[str, CompiledRulebook], list[Defect]]:
    """Compile the stored rulebooks (digest → id and text).

    Returns the usable ones by pin (`id@digest`), and a defect for each other row.
    """
    rulebooks: dict[str, CompiledRulebook] = {}
    defects = []
    for digest, (id_, source) in sorted(rows.items()):
        result = _compile(digest, id_, source)
        if isinstance(result, CompiledRulebook):
            rulebooks[result.pin] = result
        else:
            defects.append(make_defect("rulebook", None, None, digest=digest[:12], why=result))
    return rulebooks, defects


def _compile(digest: str, id_: str, source: Any) -> CompiledRulebook | Text:
    """The compiled rulebook of one row, or the reason why the row cannot be used."""
    if not isinstance(source, str):
        return Text(zh="内容不是文本", en="its text is no text")
    raw = source.encode(errors="surrogatepass")
    if sha256(raw).hexdigest() != digest:
        return Text(zh="内容已被改动", en="its text was changed")
    try:
        rulebook = parse_edition(raw, f"{id_} (database)").rulebook
    except RulebookFault as fault:
        return Text(zh=fault.render("zh"), en=fault.render("en"))
    if rulebook.id != id_:
        return Text(zh=f"其 id 为 {rulebook.id}，不是 {id_}", en=f"its id is {rulebook.id}, not {id_}")
    return CompiledRulebook(rulebook, f"{id_}@{digest}")
