"""Tests of the SMSC.ru connector."""
