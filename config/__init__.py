"""THE INPUT. Configuration, calendars, the clock, and how typed values and text files are read.

What lives here: `rulebooks.py` reads and checks an edition of a measure; `rulebooks/*.toml` are the shipped editions (a
file is never changed after its first use); `calendars.py` knows the working days, `statutory.py` the holidays by law,
`clock.py` the time, `settings.py` the environment, `language.py` the language before the settings are read; `logs.py`
sets up the log; `typed.py` reads the values that people type, `texts.py` the files that they upload; `cells.py` has the
cells of a workbook; `findings.py` says in sentences what is wrong with a value.

Not here: the types of a rulebook (`states/rulebook/types.py`), and code that decides, stores or sends.

Read `rulebooks/liuzhou-2021.toml` first, with docs/rulebook.md beside it.
"""
