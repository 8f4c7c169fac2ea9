"""`kaohe scenario run`: stories run one after the other, each on a ledger of its own."""
