"""Checks the vault's key, the keys with which values are encrypted, and erasures that were interrupted.

The values are those of the vault and the encrypted columns of accounts and contacts. Also here: `print_unerased`, which
`kaohe vault status` calls too. Not here: the content of the values; nothing is decrypted.
"""

from __future__ import annotations

from console.cli.screen import Screen
from states.user_errors import UserError
from storage.master_key import MasterKey
from storage.vault.encrypted_columns import count_by_key
from storage.vault.vault import list_items
from workflow import confidential
from workflow.engine import Engine


def check(screen: Screen, engine: Engine) -> int:
    """Print the findings. Returns the number of faults.

    One fault if values are encrypted with another key, and one for each value that is erased only in the ledger. A key
    that is missing or cannot be read is no fault by itself.
    """
    database = engine.ledger.database
    values, unerased = list_items(database), confidential.erased_but_present(engine)
    with database.reading() as connection:
        personal = count_by_key(connection)
    plain = personal.pop("", 0)
    key = database.key.id if isinstance(database.key, MasterKey) else ""
    other_keys = {*personal, *(value.master_key for value in values)} - {key}
    if isinstance(database.key, UserError):
        screen.error(database.key)
    elif not key:
        screen.say(
            "! 没有保密库密钥：保密内容不能存入和查阅。请运行 kaohe vault init",
            "! There is no vault key: confidential values can be neither stored nor read; run `kaohe vault init`",
            "yellow",
        )
    else:
        count = personal.get(key, 0)
        screen.say(
            f"✓ 保密库密钥 {key}，保密内容 {len(values)} 项，已加密的个人信息 {count} 项",
            f"✓ Vault key {key}: {len(values)} confidential values, {count} encrypted names, addresses and second factors",
            "green",
        )
    if plain:
        screen.say(
            f"! {plain} 项个人信息尚为明文，有密钥后运行 kaohe migrate 即加密",
            f"! {plain} names, addresses or second factors are not encrypted; with a key, `kaohe migrate` encrypts them",
            "yellow",
        )
    if other_keys:
        names = sorted(other_keys)
        screen.say(
            f"✗ 有内容由别的密钥加密（{'、'.join(names)}），现不可读；请找回该密钥文件",
            f"✗ Some values are encrypted with another key ({', '.join(names)}) and cannot be read; find the file of that key",
            "red",
        )
    for value in unerased:
        print_unerased(screen, value.id)
    return bool(other_keys) + len(unerased)


def print_unerased(screen: Screen, value_id: str) -> None:
    """Report a value that is erased in the ledger but still in the vault, because its erasure was interrupted."""
    screen.say(
        f"✗ {value_id} 已登记删除但尚未销毁，请再次运行 kaohe vault erase {value_id}。",
        f"✗ {value_id} is erased in the ledger but not destroyed yet; run `kaohe vault erase {value_id}` again.",
        "red",
    )
