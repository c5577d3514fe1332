"""Identity: who is who, how that is known, and how every step is taken back."""
