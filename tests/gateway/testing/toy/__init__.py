"""A toy vendor that can do everything, and its connector, sound or broken in one place."""
