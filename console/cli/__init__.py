"""The command line. One file a group of commands; each opens what it needs, asks one room and prints.

Read `app.py`.
"""
