"""The sentence of each kind of defect, by its code.

A code is a stable name for programs and tests; the sentence may change.
"""

from __future__ import annotations

from collections.abc import Mapping

from states.vocabulary import Text

SENTENCES: Mapping[str, Text] = {
    # The chain of entries, and the rows that repeat what an entry says.
    "missing": Text(zh="缺少第 {first} 至 {last} 号记录。", en="Entries {first} to {last} are missing."),
    "order": Text(
        zh="它排在第 {after} 号之后：重复或次序颠倒，未予采用。",
        en="It comes after entry {after}: it appears twice, or is out of order. It was not used.",
    ),
    "digest": Text(zh="正文与摘要不符：两者之一被改动过。", en="Its digest is not that of its body: one of the two was changed."),
    "unreadable": Text(zh="正文无法读取（{why}）。", en="Its body cannot be read ({why})."),
    "newer": Text(
        zh="格式 {v} 不是本版本所能识别的，请用更新的版本核验。",
        en="It is of format {v}, which this release does not know; check it with a later one.",
    ),
    "kind": Text(
        zh="本版本没有“{kind}”这种事实，请用更新的版本核验。",
        en="This release knows no fact “{kind}”; check it with a later one.",
    ),
    "columns": Text(zh="索引列（{columns}）与正文不符：被改动过。", en="Its columns ({columns}) disagree with its body: they were changed."),
    "link": Text(zh="它不是接在上一条记录之后写的：两者之一被改动过。", en="It does not name the digest of the entry before it: one of the two was changed."),
    "backwards": Text(
        zh="记录时间 {at} 早于上一条 {before}。", en="Its time, {at}, is earlier than that of the entry before it, {before}."
    ),
    "clock": Text(
        zh="机器时钟读数 {read} 与记录时间 {at} 不相称。",
        en="The reading of the machine's clock, {read}, does not go with the time recorded, {at}.",
    ),
    "form": Text(zh="正文不是规范的 JSON：不是本系统所写。", en="Its body is not canonical JSON: this system did not write it."),
    "happened": Text(
        zh="发生时间 {at} 与所载事实不符，应为 {expected}。", en="It says that it happened at {at}; by its fact the time is {expected}."
    ),
    "private": Text(zh="含有台账不得写入的内容：{why}", en="It contains something that an entry must never contain: {why}"),
    "door": Text(zh="提交编号与经办账号不符：{why}", en="Its command id does not belong to its actor: {why}"),
    "no_token": Text(
        zh="经接口提交，而账号 {account} 当时没有有效的接口令牌。",
        en="It came by the API, and the account {account} held no valid token at that time.",
    ),
    "account": Text(
        zh="账号 {account} 此前没有这个角色或不属于这个部门（{who}）。",
        en="The account {account} never had this role, or never belonged to this department ({who}).",
    ),
    "deputy": Text(
        zh="账号 {account} 以代办身份办理，但当时没有受账号 {principal} 委托的角色“{role}”，或者部门不符。",
        en="The account {account} acted as a deputy, but account {principal} had not lent it the role “{role}” at that time, or the entry names the wrong department.",
    ),
    "unknown_refusal": Text(zh="本系统不会作出这样的拒绝：{why}。", en="This system cannot have refused this: {why}."),
    "command": Text(
        zh="提交编号表与本条不符：同一编号再次提交会被当作新的。",
        en="The table of command ids does not have its row: if the command were sent again, it would be done again.",
    ),
    "command_refused": Text(
        zh="其提交编号已由第 {first} 号记录答复，不会再被拒绝。",
        en="Its command id had been answered with entry {first}, so it would not have been refused after that.",
    ),
    "command_surplus": Text(
        zh="提交编号表中有 {count} 行不是任何记录留下的：以那些编号提交会被误认为已办。",
        en=(
            "The table of command ids has {count} rows that no entry made: a command sent with such an id would pass "
            "for done."
        ),
    ),
    "planted": Text(
        zh="账号表中有台账未记载或已终止的{what}（{digest}）：系直接写入数据库，不能用于登录，须查明。",
        en=(
            "The account tables hold a {what} ({digest}) that no entry names, or that an entry ended: somebody wrote "
            "it in the database. It lets nobody in; find out who wrote it."
        ),
    ),
    "account_unopened": Text(
        zh="账号表中有此账号，台账中却从未开通：系直接写入数据库。", en="The account tables have this account, and no entry opened it: somebody wrote it in the database."
    ),
    "agenda": Text(
        zh="下次到期时间被推后或清空（现为 {stored}，应不晚于 {latest}），定时服务会漏办。",
        en=(
            "The time at which the clock will look at it was put off or removed (it is {stored}, and should be "
            "{latest} or earlier), so the clock would miss a deadline."
        ),
    ),
    "version": Text(
        zh="本序列上一版为第 {before} 版，此处为第 {version} 版。",
        en="It is version {version} of its stream and follows version {before}.",
    ),
    "stream": Text(zh="事实“{kind}”不属于这个序列。", en="A fact “{kind}” does not belong in this stream."),
    "pin": Text(
        zh="所依据的办法版本 {pin} 不是 {expected}。", en="It names the edition {pin}; the edition that binds it is {expected}."
    ),
    "rulebook": Text(
        zh="所存办法 {digest} 与其摘要不符或无法使用（{why}），不予采用。",
        en="The stored rulebook {digest} does not have its digest, or cannot be used ({why}). It was not used.",
    ),
    "rulebook_missing": Text(
        zh="没有办法版本 {pin} 可用，依据它的记录无法核对是否合规。",
        en="The edition {pin} is missing or unusable, so entries under it cannot be checked by its rules.",
    ),
    "illegal": Text(zh="不合程序：{why}", en="This step cannot follow here: {why}"),
    "entitled": Text(zh="无权办理：{why}", en="Not entitled: {why}"),
    "refused": Text(zh="按办法不应被接受：{why}", en="By the rules it should have been refused: {why}"),
    "unchecked": Text(
        zh="核对时出现规则未预见的错误（{why}），不能断定是否合规。",
        en="Checking it failed in a way that no rule foresees ({why}), so whether it was allowed is not known.",
    ),
    "score": Text(
        zh="记录为 {recorded}；按规则重算为 {expected}。{sources}",
        en="It says {recorded}; by the rules it is {expected}. {sources}",
    ),
    "stage": Text(
        zh="办理后处于“{stage}”，按办法应为“{expected}”。",
        en="It leads to the stage {stage}; under the rulebook it should be {expected}.",
    ),
    "fold": Text(zh="无法由此推出当前状态（{why}）。", en="No state follows from it and the state before it ({why})."),
    "projection": Text(
        zh="{table} 表中的现状与台账不符，被改动过：{columns}。", en="Its row in the table {table} differs from the ledger, so it was changed: {columns}."
    ),
    "projection_missing": Text(zh="{table} 表中缺少这一行：被删除。", en="Its row in the table {table} is missing: it was deleted."),
    "projection_surplus": Text(
        zh="{table} 表中有这一行，台账中却没有：系直接写入数据库。", en="The table {table} has a row that no entry made: somebody wrote it in the database."
    ),
    "seal_unreadable": Text(zh="第 {size} 条处的封存无法读取：{why}", en="The seal of {size} entries cannot be read: {why}"),
    "seal_forged": Text(
        zh="{size} 条的封存签名是假的：冒用密钥 {keys}，内容或签名被改动过。",
        en="The seal of {size} entries is forged: it is in the name of {keys}, and its text or signature was changed.",
    ),
    "seal_foreign": Text(
        zh="{size} 条的封存（{origin}）不是本台账当时的密钥 {keys} 所签。",
        en="The seal of {size} entries ({origin}) is not signed by the key that should have signed it, {keys}.",
    ),
    "seal_misplaced": Text(
        zh="{size} 条的封存被放在第 {place} 条的位置。", en="The seal of {size} entries is stored as a seal of {place} entries."
    ),
    "seal_columns": Text(
        zh="{size} 条的封存旁所存的 {columns} 与封存不符。",
        en="The row of the seal of {size} entries disagrees with the seal ({columns}): it was changed.",
    ),
    "seal_beyond": Text(
        zh="已封存 {size} 条，台账现只有 {last} 条：末尾被截去，或换回了旧本。",
        en="{size} entries were sealed and the ledger has {last}: its end was cut off, or an old copy was put back.",
    ),
    "seal_root": Text(
        zh="第 {first} 至 {last} 号中有记录在封存之后被改写（{count} 份封存对不上）。",
        en="Some of entries {first} to {last} were rewritten after they were sealed ({count} seals do not hold).",
    ),
    "seal_contradicts": Text(
        zh="{size} 条的封存与其后 {later} 条的封存相矛盾：同一密钥签过两个不同的台账。",
        en="The seal of {size} entries contradicts the later one of {later}: the key signed two different ledgers.",
    ),
    "seal_key": Text(zh="封存密钥 {key} 不可信：{why}", en="The key {key} cannot be trusted: {why}"),
    "seals_gone": Text(
        zh="给出了台账公钥，台账中却没有任何封存：封存被删除，或公钥不属于本台账。",
        en=(
            "A key of the ledger was given and there is no seal: the seals were deleted, or the key is another "
            "ledger's."
        ),
    ),
    "seal_gone": Text(
        zh="此处登记了 {size} 条的封存，封存表中却没有：被删除。",
        en="It records the seal of {size} entries, which is not stored any more: it was deleted.",
    ),
    "seal_swapped": Text(
        zh="所存 {size} 条的封存不是此处登记的那一份：被换过。",
        en="The stored seal of {size} entries is not the one recorded here: it was swapped.",
    ),
    "seal_redated": Text(
        zh="所存 {size} 条的封存的时间不是此处登记的时间：被改过。",
        en="The stored seal of {size} entries has another time than the one recorded here: it was changed.",
    ),
    "seal_planted": Text(
        zh="{size} 条的封存没有登记，其后的封存却已登记：是后来插入的。",
        en="No entry records the seal of {size} entries, and a later seal is recorded: it was put in afterwards.",
    ),
    "cosignature_gone": Text(
        zh="此处登记了 {size} 条封存的见证签名，表中却没有：被删除或改动。",
        en=(
            "It records a witness's signature under the seal of {size} entries, which is not stored any more: it was "
            "deleted or changed."
        ),
    ),
    "cosignature": Text(
        zh="{size} 条的封存下有一行见证签名不成立：{why}", en="A witness's signature under the seal of {size} entries is not valid: {why}"
    ),
    "expected_unreadable": Text(zh="{source} 不是封存：{why}", en="{source} is not a seal: {why}"),
    "expected_forged": Text(
        zh="{source}：{size} 条的封存签名是假的，冒用密钥 {keys}。",
        en="{source}: the seal of {size} entries is forged, in the name of {keys}.",
    ),
    "expected_foreign": Text(
        zh="{source}：{size} 条的封存（{origin}）不是本台账的密钥 {keys} 所签：文件属于别的台账，或此处的封存全被换签。",
        en=(
            "{source}: no key of this ledger ({keys}) signed the seal of {size} entries ({origin}): it belongs to "
            "another ledger, or another key signed all seals here again."
        ),
    ),
    "expected_beyond": Text(
        zh="{source} 封存了 {size} 条，台账现只有 {last} 条：末尾被截去，或换回了旧本。",
        en="{source} seals {size} entries and the ledger has {last}: its end was cut off, or an old copy was put back.",
    ),
    "expected_root": Text(
        zh="台账的前 {size} 条不是 {source} 所封存的：此后被改写过。",
        en="The first {size} entries are not those that {source} seals: they were rewritten since.",
    ),
    "known_beyond": Text(
        zh="{source} 记有第 {entry} 号，台账现只有第 1–{last} 号：末尾被截去，或换回了旧本。",
        en=(
            "{source} knows entry {entry}; here are entries 1–{last} of {entry}: the end was cut off, or an old copy "
            "was put back."
        ),
    ),
    "known_other": Text(
        zh="第 {entry} 号记录不是 {source} 所记的那一条：末尾被截去后重写，或此前有记录被改写。",
        en=(
            "Entry {entry} is not the one {source} knows: the end was cut off and rewritten, or an entry before it "
            "was changed."
        ),
    ),
    "trace": Text(
        zh="{table} 表提到第 {entry} 号，台账现只有 {last} 条：末尾被截去。",
        en="The table {table} names entry {entry} and the ledger has {last}: its end was cut off.",
    ),
    "head": Text(
        zh="表头的 {columns} 与台账末条不符：末尾被增删，或表头被改动。", en="The head does not name the last entry ({columns}): entries at the end were added or deleted, or the head was changed."
    ),
    # The tables beside the ledger.
    "schema_missing": Text(
        zh="库结构中缺少{kind} {name}：有人删除了它。",
        en="The {kind} {name} is missing from the schema: somebody dropped it.",
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
        en="The vault does not hold {id}, which this entry stored and no entry erased: it was deleted.",
    ),
    "vault_swapped": Text(
        zh="保密库中的 {id} 不是它所存入的内容：被改动或调换（{why}）。",
        en="What the vault holds as {id} is not what this entry stored: it was changed or swapped ({why}).",
    ),
    "vault_columns": Text(
        zh="保密库中 {id} 的类别或所涉人员与台账不符。", en="The vault's row {id} disagrees with this entry about the kind of value or the person: it was changed."
    ),
    "vault_erased": Text(
        zh="保密内容 {id} 已由本条删除，保密库中却仍有：请再次运行 kaohe vault erase {id}。",
        en="This entry erased {id} and the vault still holds it: run `kaohe vault erase {id}` again.",
    ),
    "vault_surplus": Text(
        zh="保密库中的 {id} 没有任何记录存入过。", en="The vault holds {id}, which no entry stored: somebody wrote it in the database."
    ),
    "document_bytes": Text(
        zh="所附文件 {sha256} 的内容已不是原来的：被改动、调换或缺失一部分。",
        en=(
            "The stored bytes of the document {sha256} do not have its digest: they were changed or swapped, or some "
            "are missing."
        ),
    ),
    "document_size": Text(
        zh="所附文件 {sha256} 记为 {size} 字节，库中为 {stored} 字节。",
        en=(
            "The document {sha256} has {size} bytes by this entry, and {stored} in the table of documents: the row "
            "was changed."
        ),
    ),
    "log_head": Text(
        zh="安全日志没有表头：不能核对。", en="The security log has no head and cannot be checked."
    ),
    "log_missing": Text(
        zh="安全日志缺少第 {first} 至 {last} 行。", en="Lines {first} to {last} of the security log are missing."
    ),
    "log_changed": Text(
        zh="安全日志第 {line} 行与其摘要链不符：它或其前一行被改动、插入或调换。",
        en=(
            "Line {line} of the security log does not fit its chain: that line, or the line before it, was changed, "
            "inserted or moved."
        ),
    ),
    "log_shorter": Text(
        zh="台账登记时安全日志已有 {noted} 行，现只到第 {last} 行：末尾被删除。",
        en=(
            "The security log had {noted} lines when this entry was written, and now ends at line {last}: its end was "
            "deleted."
        ),
    ),
    "log_rewritten": Text(
        zh="安全日志第 {line} 行不是台账所登记的：此前的日志被改写。",
        en="Line {line} of the security log is not the one this entry recorded: the log was rewritten.",
    ),
    "log_cut": Text(
        zh="安全日志从第 {first} 行起，台账只准许删至第 {allowed} 行之前：其间各行被提前删除。",
        en=(
            "The security log begins at line {first}; by the ledger it begins at line {allowed} or before: lines were "
            "deleted before their time."
        ),
    ),
    "row_missing": Text(
        zh="本条登记的{table} {key} 已不在库中：被删除，或登记后未能写入；请重新导入或保存。",
        en=(
            "The {table} {key} that this entry recorded is missing: it was deleted, or never written. Import or save "
            "it again."
        ),
    ),
    "row_changed": Text(
        zh="{table} {key} 与本条所登记的不符：在库中被改动；请核实后重新导入或保存。",
        en=(
            "The {table} {key} is not what this entry recorded: it was changed in the database. Find out which is "
            "right, then import or save it again."
        ),
    ),
    "row_surplus": Text(
        zh="{table} {key} 没有任何记录登记过：是在库中直接写入的。",
        en="No entry recorded the {table} {key}: somebody wrote it in the database.",
    ),
    "table_unreadable": Text(
        zh="台账以外的数据（{table}）无法读取（{why}）：有值不是本系统所写。",
        en="The table beside the ledger ({table}) cannot be read ({why}): this system did not write some value in it.",
    ),
    "encrypted_moved": Text(
        zh="{table} 表 {row} 的 {column} 打不开：由别处移来，或已损坏，不予采用；请核实后重新填写。",
        en=(
            "{column} of {row} in the table {table} does not open: it was moved there from another row, or is "
            "damaged, and is not used. Find out what happened, then enter it again."
        ),
    ),
    "encrypted_plain": Text(
        zh="{table} 表 {row} 的 {column} 为明文，其他均已加密：是在库中直接写入的，不予采用；核实后运行 kaohe migrate 加密。",
        en=(
            "{column} of {row} in the table {table} is plain text, where all others are encrypted: somebody wrote it "
            "in the database, and it is not used. If you find it is right, run `kaohe migrate`, which encrypts it."
        ),
    ),
}  # fmt: skip
