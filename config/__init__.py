"""WHAT WE WERE TOLD. The only room that reads files, the environment and the machine's clock.

What lives here: `rulebooks.py` reads and checks an edition of a measure, `rulebooks/*.toml` are the editions shipped
(one file each, never edited once in use), `calendars.py` says which days are working days, `clock.py` what time it
is, `settings.py` what the environment says, `logs.py` how the house logs.

What does not: what a rulebook is (`states/rulebook/types.py`), and anything that decides, remembers or speaks to anybody.

Read `rulebooks/liuzhou-2021.toml` first, with docs/rulebook.md beside it.
"""
