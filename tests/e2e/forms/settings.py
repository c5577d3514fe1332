"""Settings: the configuration of the stage's gateway."""

from __future__ import annotations

CONFIG = """\
data_dir = "{data_dir}"

[http]
port = {port}

[bus]
prefix = "forms-{port}"

[sync]
relay_s = 0.1
silent_s = 0.3
retry_first_s = 0.1
retry_cap_s = 0.3
circuit_pause_s = 0.2
circuit_cap_s = 0.3
lease_s = 2.0

[codes]
sms = "sms"
email = "mail"
shop = "Ёлка"
resend_after_s = 0.0
floor_ms = 0
{codes}

[forms.club]
site = "shop"
processor = "{processor}"
source = "анкета"
bonus = "300"
title = {{ ru = "Анкета клуба «Ёлка»", en = "Ёлка club form" }}
intro = {{ ru = "Три минуты, и 300 баллов ваши.", en = "Three minutes for 300 points." }}
theme = "green"
optional = ["birth_date"]
{form}

[[forms.club.fields]]
code = "favourite_shop"
label = {{ ru = "Любимый магазин", en = "Favourite shop" }}
kind = "choice"
required = false
choices = {{ arbat = {{ ru = "Арбат", en = "Arbat" }}, tver = {{ ru = "Тверь", en = "Tver" }} }}

[[forms.club.consents]]
id = "personal_data"
version = "2026-09"
link = "https://shop.example.ru/privacy"
text = {{ ru = "Согласен на обработку персональных данных", en = "Process my personal data" }}

[[forms.club.consents]]
id = "mailing:email"
version = "2026-10"
text = {{ ru = "Согласен на рассылку по электронной почте", en = "Send me news by e-mail" }}

[[forms.club.consents]]
id = "mailing:sms"
version = "2026-10"
text = {{ ru = "Согласен на рассылку по SMS", en = "Send me news by SMS" }}

[accounts.shop]
connector = "bitrix"
reads = ["customer"]
updates = ["customer"]
creates = ["customer"]
poll_s = 0.3
timeout_s = 5.0
rate = {{ calls = 0 }}

[accounts.shop.settings]
url = {{ env = "SHOP_URL" }}
customer_attributes = {{ favourite_shop = "UF_FAVOURITE_SHOP" }}

[accounts.sms]
connector = "smsc"
[accounts.sms.settings]
url = "{sms_url}"
login = "{sms_login}"
password = {{ env = "SMS_PASSWORD" }}
sender = "SHOP"

[accounts.mail]
connector = "smtp"
[accounts.mail.settings]
host = "{mail_host}"
port = {mail_port}
security = "{mail_security}"
user = "{mail_user}"
password = {{ env = "MAIL_PASSWORD" }}
sender = "robot@shop.example"
"""
LOYMAX = """
[accounts.points]
connector = "loymax"
reads = ["customer"]
updates = ["customer"]
creates = ["customer"]
poll_s = 0.3
timeout_s = 5.0
rate = {{ calls = 0 }}

[accounts.points.settings]
url = "{url}"
username = "{operator_login}"
password = {{ env = "POINTS_PASSWORD" }}
currency_code = "Currency1"
emits_cards = true
deposit = {{ legal_id = 5, currency_id = 1, loyalty_program_id = 1, partner_id = 2 }}
"""
HOUSE = """
[house]
[[house.tiers]]
name = "Участник"
percent = 5
"""
