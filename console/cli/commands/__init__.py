"""What each command of `kaohe` does: one file a noun, one function a command. `console/cli/table.py` says which word calls which.

A command opens what it needs, asks one room, prints, and ends with the exit code. Nothing is decided here.
"""
