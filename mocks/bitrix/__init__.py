"""Double of 1C-Bitrix: Site Management: its REST interface and the ``gateway.*`` extension of the site."""
