"""Deadlines: until when each stage is due, what the clock must do then, the lights of the board. Pure.

`dates.py` computes deadlines, `schedule.py` the reminders of one deadline; `reminders.py` and `rectification.py` apply
them to assessments and routine checks. Nothing is sent here (`notifications/`). Read `dates.py`, then `reminders.py`.
"""
