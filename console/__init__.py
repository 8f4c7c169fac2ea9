"""THE DOORS. People come in here: today the command line; web pages come later.

Here live the commands (`cli.py`), the demonstration year (`demo.py`, from `sample.py`). Not here: rules, SQL, or
anything decided. Read `cli.py` first.
"""
