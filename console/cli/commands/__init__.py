"""The functions of the commands: one file for each noun, one function for each command.

Their names and their help are in `console/cli/table.py`.

A command opens the files and databases that it needs, calls the rooms below, prints, and ends with an exit code. It has
no rules of its own: the engine and the rooms below decide whether something may be done.
"""
