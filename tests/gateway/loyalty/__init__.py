"""Tests of gateway.loyalty."""
