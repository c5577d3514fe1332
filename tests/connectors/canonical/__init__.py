"""Tests of the canonical connector."""
