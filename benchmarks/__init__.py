"""Benchmarks: ratios from one run, never times to be asserted."""
