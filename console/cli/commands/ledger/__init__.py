"""The commands of `kaohe audit` and `kaohe keys`: replay, past states, seals and their keys, bundles, witness.

Read `audit.py`.
"""
