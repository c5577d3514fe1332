"""Tests of the whole gateway between doubles: what a shop is promised."""
