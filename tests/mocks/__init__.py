"""Tests of the doubles: each against its vendor reference, with a bare HTTP client."""
