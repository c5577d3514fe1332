"""Alerts: what is wrong is told once when it begins and once when it is over.

A *reading* is what a rule sees now; a *course* is what becomes of it (pending, on, over) with its
delays; a *note* is one turn of a course for one address, which the store holds once; the *courier*
puts the notes that are due into messages. All of it works under leases, so that any number of
processes may run it.
"""
