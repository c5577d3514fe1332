"""Tests of the RetailCRM connector."""
