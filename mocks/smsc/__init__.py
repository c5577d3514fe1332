"""Double of SMSC.ru, written from the vendor reference alone."""
