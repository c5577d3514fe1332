"""What the API takes of a customer (reference, section 6.1 and 6.2)."""

from __future__ import annotations

from mocks.retailcrm import shapes
from mocks.retailcrm.shapes import Rows, Shape

ADDRESS_CODES = {
    "index": "index",
    "countryIso": "country",
    "region": "region",
    "city": "city",
    "street": "street",
    "building": "building",
    "house": "house",
    "housing": "housing",
    "block": "block",
    "flat": "flat",
    "floor": "floor",
    "intercomCode": "intercom_code",
    "metro": "metro",
    "notes": "notes",
}
_ADDRESS_TEXTS = (*ADDRESS_CODES, "externalId", "name", "cityType", "streetType", "text")
ADDRESS = Shape(
    {
        **dict.fromkeys(_ADDRESS_TEXTS, shapes.text),
        **dict.fromkeys(("floor", "regionId", "cityId", "streetId"), shapes.whole),
        "isMain": shapes.flag,
    },
    frozenset({"id"}),
)
CONTRAGENT_CODES = {
    "contragentType": "contragent_type",
    "legalName": "legal_name",
    "legalAddress": "legal_address",
    "certificateNumber": "certificate_number",
    "certificateDate": "certificate_date",
    "bank": "bank",
    "bankAddress": "bank_address",
    "INN": "i_n_n",
    "OKPO": "o_k_p_o",
    "KPP": "k_p_p",
    "OGRN": "o_g_r_n",
    "OGRNIP": "o_g_r_n_i_p",
    "BIK": "b_i_k",
    "corrAccount": "corr_account",
    "bankAccount": "bank_account",
}
CONTRAGENT = Shape(
    {
        **dict.fromkeys(CONTRAGENT_CODES, shapes.text),
        "contragentType": shapes.one_of("individual", "legal-entity", "enterpreneur"),
        "certificateDate": shapes.day,
    }
)
SOURCE = Shape(dict.fromkeys(("source", "medium", "campaign", "keyword", "content"), shapes.text))
TAG = Shape({"name": shapes.text, "color": shapes.text, "attached": shapes.flag})

CUSTOMER = Shape(
    {
        **dict.fromkeys(
            (
                "externalId",
                "firstName",
                "lastName",
                "patronymic",
                "discountCardNumber",
                "browserId",
                "photoUrl",
                "attachedTag",
            ),
            shapes.text,
        ),
        **dict.fromkeys(("isContact", "vip", "bad", "subscribed"), shapes.flag),
        **dict.fromkeys(("createdAt", "emailMarketingUnsubscribedAt"), shapes.moment),
        **dict.fromkeys(("personalDiscount", "cumulativeDiscount"), shapes.amount),
        "type": shapes.one_of("customer"),
        "managerId": shapes.whole,
        "email": shapes.email,
        "sex": shapes.one_of("male", "female"),
        "birthday": shapes.day,
        "phones": Rows(Shape({"number": shapes.text})),
        "tags": Rows(TAG),
        "addTags": Rows(shapes.text),
        "removeTags": Rows(shapes.text),
        "address": ADDRESS,
        "contragent": CONTRAGENT,
        "source": SOURCE,
        "customFields": shapes.mapping,
    },
    frozenset(
        {
            "id",
            "site",
            "presumableSex",
            "avgMarginSumm",
            "marginSumm",
            "totalSumm",
            "averageSumm",
            "costSumm",
            "ordersCount",
            "maturationTime",
            "segments",
            "firstClientId",
            "lastClientId",
            "mgCustomerId",
            "mgCustomers",
            "customerSubscriptions",
        }
    ),
)
STRUCTURED = frozenset(
    {
        "externalId",
        "createdAt",
        "phones",
        "tags",
        "addTags",
        "removeTags",
        "attachedTag",
        "address",
        "contragent",
        "customFields",
        "type",
        "subscribed",
    }
)
