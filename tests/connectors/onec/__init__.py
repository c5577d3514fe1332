"""Tests of the 1C connector."""
