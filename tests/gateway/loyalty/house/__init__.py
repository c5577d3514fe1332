"""Tests of the house programme."""
