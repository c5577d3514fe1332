"""Tests of the synchronising core."""
