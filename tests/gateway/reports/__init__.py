"""Tests of reports: facts, sums and what is shown of them."""
