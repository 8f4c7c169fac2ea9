"""The command line `kaohe`.

`table.py` lists every command. `commands/` has their functions, one file for each noun. `doctor/` has the checks of
`kaohe doctor`. The other files serve the commands: their options, their output, their engine, the settings and the log.
A command's module is imported when the command is called (`lazy_group.py`). Read `table.py` first, then `screen.py` and
any file of `commands/`.
"""
