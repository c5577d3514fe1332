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
