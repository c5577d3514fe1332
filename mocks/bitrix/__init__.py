"""Double of 1C-Bitrix: Site Management.

Its REST interface and the ``gateway.*`` extension of the site.
"""
