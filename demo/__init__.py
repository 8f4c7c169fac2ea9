"""THE SAMPLE COLLEGE. Invented units and people, everything that can happen in a year, a mail server and a sealing key for showing it.

Nothing of it is needed by a college that runs the program. Read `sample.py`.
"""
