"""Tests of the connectors, one folder per room."""
