"""Tests of the RetailCRM double."""
