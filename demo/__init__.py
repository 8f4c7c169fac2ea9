"""THE SAMPLE COLLEGE. Invented departments and people, two years of events, a mail server and a sealing key.

A real college needs nothing of it. `college.py` has the departments, `sample.py` the people and dates,
`department_year.py` the events, `evidence.py` the documents; `year.py` and `second_year.py` run them. Read `sample.py`
first.
"""
