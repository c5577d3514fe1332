"""Tests of the canonical model."""
