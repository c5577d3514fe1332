"""Merges of persons, and the way back."""
