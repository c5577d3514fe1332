"""Runnable doubles of the vendors' APIs.

Independent witnesses that know the vendors' documents and none of our code.
"""
