"""Tests of the 1C-Bitrix connector."""
