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
    "log_head": Text(
        zh="安全日志没有表头：不能核对。", en="The security log has no head and cannot be checked."
    ),
    "log_missing": Text(
        zh="安全日志缺少第 {first} 至 {last} 行。", en="Lines {first} to {last} of the security log are missing."
    ),
    "log_changed": Text(
        zh="安全日志第 {line} 行与其摘要链不符：它或其前一行被改动、插入或调换。",
        en="Line {line} of the security log does not fit its chain: that line, or the line before, was changed, put in or moved.",
    ),
    "log_shorter": Text(
        zh="台账登记时安全日志已有 {noted} 行，现只到第 {last} 行：末尾被删除。",
        en="The security log had {noted} lines when this entry noted it, and now ends at line {last}: its end was deleted.",
    ),
    "log_rewritten": Text(
        zh="安全日志第 {line} 行不是台账所登记的：此前的日志被改写。",
        en="Line {line} of the security log is not the one this entry noted: the log was rewritten.",
    ),
    "log_cut": Text(
        zh="安全日志从第 {first} 行起，台账只准许删至第 {allowed} 行之前：其间各行被提前删除。",
        en="The security log begins at line {first}; by the ledger it is kept from line {allowed} on: lines were deleted before their time.",
    ),
    "row_missing": Text(
        zh="本条登记的{table} {key} 已不在库中：被删除，或登记后未能写入；请重新导入或保存。",
        en="The {table} {key} that this entry noted is not there: it was deleted, or never written. Import or save it again.",
    ),
    "row_changed": Text(
        zh="{table} {key} 与本条所登记的不符：在库中被改动；请核实后重新导入或保存。",
        en="The {table} {key} is not what this entry noted: it was changed in the database. Find out which is right, then import or save it again.",
    ),
    "row_surplus": Text(
        zh="{table} {key} 没有任何记录登记过：是在库中直接写入的。",
        en="The {table} {key} was noted by no entry: it was written in the database.",
    ),
    "table_unreadable": Text(
        zh="台账以外的数据（{table}）无法读取（{why}）：有值不是本系统所写。",
        en="What lies beside the ledger ({table}) cannot be read ({why}): this system did not write some value in it.",
    ),
    "sealed_moved": Text(
        zh="{table} 表 {row} 的 {column} 打不开：由别处移来，或已损坏，不予采用；请核实后重新填写。",
        en="{column} of {row} in the table {table} does not open: it was moved there from another row, or is damaged, and is not used; find out, then enter it again.",
    ),
    "sealed_plain": Text(
        zh="{table} 表 {row} 的 {column} 为明文，其他均已密封：是在库中直接写入的，不予采用；核实后运行 kaohe migrate 密封。",
        en="{column} of {row} in the table {table} is plain text, where all others are encrypted: somebody wrote it in the database, and it is not used. If you find it is right, run `kaohe migrate`, which encrypts it.",
    ),
}  # fmt: skip
