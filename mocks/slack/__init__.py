"""Double of Slack, written from the vendor reference alone."""
