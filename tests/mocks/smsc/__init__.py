"""Tests of the double of SMSC.ru."""
