"""Tests of the 1C double."""
