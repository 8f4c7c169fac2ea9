"""Every kind of defect beside the ledger, by its code: stable names for programs and tests."""

from __future__ import annotations

from collections.abc import Mapping

from audit.report import Defect, worded
from states.vocabulary import Text


def defect(code: str, number: int | None, stream: str | None, **given: object) -> Defect:
    """The defect of this code (`SENTENCES`); of which entry and stream, if of one."""
    return worded(SENTENCES[code], code, number, stream, **given)


SENTENCES: Mapping[str, Text] = {
    "schema_missing": Text(
        zh="库结构中缺少{kind} {name}：有人删除了它。",
        en="The schema lacks the {kind} {name}: somebody dropped it.",
    ),
    "schema_changed": Text(
        zh="库结构中的{kind} {name} 与本版本所建的不同：被改动过。", en="The {kind} {name} is not as this release makes it: it was changed."
    ),
    "schema_disabled": Text(
        zh="库结构中的{kind} {name} 已被停用，不再起作用。", en="The {kind} {name} is disabled and guards nothing."
    ),
    "schema_surplus": Text(
        zh="库结构中多出{kind} {name}，不是本系统所建，可能改动或隐藏数据。",
        en="There is a {kind} {name} that this release does not make; it may change or hide data.",
    ),
    "vault_missing": Text(
        zh="保密库中没有它所存入的内容 {id}，台账也没有删除它的记录。",
        en="The vault does not hold {id}, which this entry kept and no entry erased.",
    ),
    "vault_swapped": Text(
        zh="保密库中的 {id} 不是它所存入的内容：被改动或调换（{why}）。",
        en="What the vault holds as {id} is not what this entry kept: it was changed or swapped ({why}).",
    ),
    "vault_columns": Text(
        zh="保密库中 {id} 的类别或所涉人员与台账不符。", en="The vault's row {id} disagrees with this entry about the kind of value or the person."
    ),
    "vault_erased": Text(
        zh="保密内容 {id} 已由本条删除，保密库中却仍有：请再次运行 kaohe vault erase {id}。",
        en="This entry erased {id} and the vault still holds it: run `kaohe vault erase {id}` again.",
    ),
    "vault_surplus": Text(
        zh="保密库中的 {id} 没有任何记录存入过。", en="The vault holds {id}, which no entry kept."
    ),
    "document_bytes": Text(
        zh="所附文件 {sha256} 的内容已不是原来的：被改动、调换或缺失一部分。",
        en="The bytes kept of the document {sha256} are not those of its digest: they were changed, swapped, or some are missing.",
    ),
    "document_size": Text(
        zh="所附文件 {sha256} 记为 {size} 字节，库中为 {kept} 字节。",
        en="The document {sha256} has {size} bytes by this entry and {kept} in the table of documents.",
    ),
}  # fmt: skip
