"""Clients that retailers use, unmodified, against the 1C-Bitrix double."""
