"""Tests of the demo: its day, its books and its verdict."""
