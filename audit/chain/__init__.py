"""What is written: does each entry follow from the one before it, and does each row of the database repeat what its entry says.

What an entry means is checked in `audit/rules/`. Read `hash_chain.py`, then `fast_path.py`.
"""
