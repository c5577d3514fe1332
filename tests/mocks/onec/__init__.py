"""The 1C double against the vendor reference."""
