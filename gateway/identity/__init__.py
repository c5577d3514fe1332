"""Identity: who is who, and how that is proved."""
