"""An unmodified client of SMSC.ru against its double."""
