"""The replay's first half: does each entry follow from the one before it, and does each row agree with what its entries say.

Read `hash_chain.py`.
"""
