"""Tests of the double of Mindbox."""
