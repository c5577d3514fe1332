"""Tests of the connector contract."""
