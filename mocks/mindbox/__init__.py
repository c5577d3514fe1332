"""Double of Mindbox: the v3 operations of one project, from the vendor reference alone."""
