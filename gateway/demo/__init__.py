"""Demo: a day of a shop between a site and a CRM, with everything going wrong, and its verdict.

It talks to the doubles as their users do, through their own API and side door, and imports nothing
of them: the verdict is computed from what the vendors say that they hold.
"""
