"""Questionnaire: a form's answers, confirmed by two codes, become one customer in two systems.

``answers`` checks what was typed, ``desk`` serves the visitor, ``walk`` does what comes after the
codes. Codes, limits and points belong to loyalty, which stands above: they come in by the protocols
of ``outside``.
"""
