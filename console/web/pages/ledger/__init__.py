"""Pages for auditors and keepers: entries, history, replay, seals, exports, the vault, the rulebook."""
