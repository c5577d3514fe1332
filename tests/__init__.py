"""Tests, mirroring the three roots."""
