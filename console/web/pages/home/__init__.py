"""Pages that are not about one assessment: the first pages, the board, inbox, deliveries, help and health checks.

Read `to_dos.py` first. Not here: the pages of assessments (`pages/assessments/`).
"""
