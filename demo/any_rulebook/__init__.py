"""A YEAR UNDER ANY RULEBOOK. Departments, people, days and entries that are made from the rulebook itself.

The year of the shipped measure is written by hand (`demo/department_year.py`); this one uses what the default content
of stories knows (`scenarios/defaults/`) and varies it by a seed. Read `steps.py` first: the acts and their days.
"""
