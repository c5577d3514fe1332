"""Checks of the conformance kit: one module per capability, one method per promise."""
