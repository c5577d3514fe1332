"""Questionnaires against the doubles of site, processor, SMS and mail."""
