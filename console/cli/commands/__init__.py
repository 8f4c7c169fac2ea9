"""The functions of the commands: one file for each noun, one function for each command.

Their names and their help are in `console/cli/table.py`.

A command opens the files and databases that it needs, calls one room, prints, and ends with an exit code. Nothing is
decided here.
"""
