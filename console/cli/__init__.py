"""The command line `kaohe`. `table.py` names every command; `commands/` does them, one file a noun; `doctor/` is what `kaohe doctor` checks.

A command is imported when it is called (`lazy_group.py`). Read `table.py` first, then `screen.py` and any file of `commands/`.
"""
