"""Double of a mail server: aiosmtpd behind the side door of every double."""
