"""The history of the schema, one for both databases. Run by `Database.create` (`kaohe migrate`), never by hand.

A revision runs inside one transaction on either database, so one that is interrupted leaves nothing behind.
"""
