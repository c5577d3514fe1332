"""Field tables of the catalogue (reference 2.11)."""

from __future__ import annotations

from mocks.bitrix.fields import table

PRODUCT = table("""
active char - Y
available char ro Y
bundle char ro N
canBuyZero char - N
code string - ''
createdBy integer - 1
dateCreate datetime - null
detailPicture list - null
detailText string - null
height double - null
iblockId integer imm,req null
iblockSectionId integer - null
id integer ro null
length double - null
measure integer - null
modifiedBy integer - 1
name string req ''
previewPicture list - null
previewText string - null
purchasingCurrency string - null
purchasingPrice double - null
quantity double - 0
quantityReserved double - 0
quantityTrace char - Y
subscribe char - D
timestampX datetime ro null
type integer ro 1
vatId integer - 1
vatIncluded char - Y
weight double - 0
width double - null
xmlId string - ''
""")

PRICE = table("""
catalogGroupId integer imm,req null
currency string req ''
extraId integer - null
id integer ro null
price double req 0
priceScale double ro 0
productId integer imm,req null
quantityFrom integer - null
quantityTo integer - null
timestampX datetime ro null
""")

PRICE_TYPE = table("""
base char - N
createdBy integer ro 1
dateCreate datetime ro null
id integer ro null
modifiedBy integer ro 1
name string req ''
sort integer - 100
timestampX datetime ro null
xmlId string - ''
""")

STORE = table("""
active char - Y
address string req ''
code string - ''
description string - ''
email string - ''
id integer ro null
issuingCenter char - Y
phone string - ''
schedule string - ''
shippingCenter char - Y
sort integer - 100
title string - ''
xmlId string - ''
""")

STORE_PRODUCT = table("""
amount double ro 0
id integer ro null
productId integer ro null
quantityReserved double ro 0
storeId integer ro null
""")

SECTION = table("""
active char - Y
code string - ''
description string - null
iblockId integer imm,req null
iblockSectionId integer - null
id integer ro null
name string req ''
sort integer - 500
xmlId string - ''
""")

MEASURE = table("""
code integer req null
id integer ro null
isDefault char - N
measureTitle string req ''
symbol string - ''
symbolIntl string - ''
symbolLetterIntl string - ''
""")

VAT = table("""
active char - Y
id integer ro null
name string req ''
rate double - null
sort integer - 100
timestampX datetime ro null
""")

CATALOG = table("""
iblockId integer imm,req null
iblockTypeId string ro ''
id integer ro null
lid string ro ''
name string ro ''
productIblockId integer - null
skuPropertyId integer - null
subscription char - N
vatId integer - null
yandexExport char - N
""")
