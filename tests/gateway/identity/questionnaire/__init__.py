"""Tests of questionnaires."""
