"""Tests of the Loymax double: bare HTTP against the vendor's documented behaviour."""
