"""Tests of the doors of tills and sites."""
