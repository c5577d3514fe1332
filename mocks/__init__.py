"""Runnable doubles of the vendors' APIs: independent witnesses that know the vendors' documents and none of our code."""
