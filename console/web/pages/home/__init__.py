"""The pages that are not about one assessment: first pages, board, inbox, deliveries, help, health checks.

Read `to_dos.py` first. The assessments themselves are in `pages/assessments/`.
"""
