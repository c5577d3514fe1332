"""How much of each vendor's limit the gateway uses, and whether it ever breaks one."""
