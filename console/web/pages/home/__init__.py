"""The pages that are not about one assessment: the first page of each role, the board, the inbox, deliveries, help, health checks.

Read `to_dos.py` first. The assessments themselves are in `pages/assessments/`.
"""
