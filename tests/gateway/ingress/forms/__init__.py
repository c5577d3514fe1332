"""Tests of the questionnaires' pages."""
