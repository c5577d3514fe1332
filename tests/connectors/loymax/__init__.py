"""The Loymax connector against its double."""
