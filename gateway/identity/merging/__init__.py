"""Merging: two records of one person become one, and can be taken apart again.

All of it happens in one transaction of the store, with a record of what both were before. What only
a vendor can do is left to a keyed operation at that vendor.
"""
