"""The HTTP services of the 1C double against the vendor reference."""
