"""Sheets of disciplinary cases, one row for each sanction: their columns, the template, and reading them.

Not here: the page and recording the cases (`console/web/pages/sheets/case_sheet.py`). Read `heads.py` first.
"""
