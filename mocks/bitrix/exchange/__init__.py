"""The site's side of the CommerceML exchange with 1C (reference 3)."""
