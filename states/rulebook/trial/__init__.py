"""Trying a rulebook: which facts a kind of department needs for its results, asked as fields, and the results of them.

Nothing is recorded. Start with `trial_form.py`. Not here: how a page reads the fields
(`console/web/pages/ledger/trial_reading.py`).
"""
