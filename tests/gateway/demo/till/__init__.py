"""Tests of the till simulator and of the reckoning that judges it."""
