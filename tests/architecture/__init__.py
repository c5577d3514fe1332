"""Rules about the source tree itself, checked as tests."""
