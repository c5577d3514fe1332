"""What the gateway adds to a till's call, and whom it holds up."""
