"""Tests of the Mindbox connector."""
