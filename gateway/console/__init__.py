"""Console: the operators' pages, rendered on the server over ``gateway.ops.backstage``.

Pages read arguments and show what services say; they hold no rule of their own. What comes from
vendors and people is shown as text, never as markup.
"""
