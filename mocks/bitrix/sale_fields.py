"""Field tables of orders and their parts.

With the defaults of the reference's golden samples (2.1-2.5, 10.3-10.5).
"""

from __future__ import annotations

from mocks.bitrix.fields import table

ORDER = table("""
accountNumber string ro ''
additionalInfo string - ''
affiliateId integer - null
canceled char - N
comments string - ''
companyId integer - null
lid string imm,req ''
personTypeId integer imm,req null
currency string imm,req ''
dateCanceled datetime ro null
dateInsert datetime - null
dateLock datetime ro null
dateMarked datetime ro null
dateStatus datetime ro null
dateUpdate datetime ro null
deducted char ro N
discountValue double - 0
empCanceledId integer - null
empMarkedId integer - null
empStatusId integer - null
externalOrder char - N
id integer ro null
id1c string - ''
lockedBy string - ''
marked char - N
orderTopic string - ''
payed char ro N
personTypeXmlId string ro ''
price double - 0
reasonCanceled string - ''
reasonMarked string - ''
recountFlag char - Y
recurringId string - ''
responsibleId integer - null
statusId char - N
statusXmlId string ro ''
taxValue double ro 0
updated1c char - N
userDescription string - ''
userId integer imm null
version integer ro 0
version1c string - ''
xmlId string - ''
""")

# What sale.order.add answers (10.3): the values set on a fresh order, without those that are still
# empty.
ORDER_ADD_ANSWER = (
    "accountNumber", "canceled", "currency", "dateInsert", "dateStatus", "dateUpdate", "deducted",
    "discountValue",
    "externalOrder", "id", "id1c", "lid", "marked", "payed", "personTypeId", "personTypeXmlId",
    "price", "recountFlag",
    "statusId", "statusXmlId", "updated1c", "userId", "version1c", "xmlId",
)  # fmt: skip

BASKET_ITEM = table("""
orderId integer imm,req null
productId integer imm,req null
currency string imm,req ''
quantity double req 0
barcodeMulti char ro N
basePrice double - 0
canBuy char - Y
catalogXmlId string - ''
customPrice char ro N
dateInsert datetime ro null
dateRefresh datetime ro null
dateUpdate datetime ro null
detailPageUrl string ro ''
dimensions string - ''
discountCoupon string ro ''
discountName string ro ''
discountPrice double - 0
discountValue string ro ''
fuserId integer ro null
id integer ro null
lid string ro ''
measureCode string - ''
measureName string - ''
module string ro ''
name string - ''
notes string ro ''
price double - 0
priceTypeId integer ro null
productPriceId integer ro null
productProviderClass string ro ''
productXmlId string - ''
recommendation string ro ''
setParentId string ro ''
sort integer - 100
subscribe char ro N
type string ro ''
vatIncluded char - Y
vatRate double - null
weight double - 0
xmlId string - ''
properties list ro []
reservations list ro []
""")

# What sale.basketitem.get/add/update answer (10.4): the documented part of the row.
BASKET_ITEM_ANSWER = (
    "basePrice", "canBuy", "catalogXmlId", "currency", "customPrice", "dateInsert", "dateUpdate",
    "dimensions",
    "discountPrice", "id", "measureCode", "measureName", "name", "orderId", "price", "productId",
    "productXmlId",
    "properties", "quantity", "reservations", "sort", "vatIncluded", "vatRate", "weight", "xmlId",
)  # fmt: skip

PAYMENT = table("""
accountNumber string ro ''
comments string - ''
companyId integer - 0
currency string ro ''
dateBill datetime - null
dateMarked datetime ro null
datePaid datetime - null
datePayBefore datetime - null
dateResponsibleId datetime ro null
empMarkedId integer - null
empPaidId integer - null
empResponsibleId integer - null
empReturnId integer - null
externalPayment char - N
id integer ro null
id1c string - ''
isReturn char - N
marked char - N
orderId integer imm,req null
paid char - N
payReturnComment string - ''
payReturnDate date - null
payReturnNum string - ''
paySystemId integer req null
paySystemIsCash char ro N
paySystemName string ro ''
paySystemXmlId string ro ''
payVoucherDate date - null
payVoucherNum string - ''
priceCod string - z
psCurrency string - ''
psInvoiceId string - ''
psResponseDate datetime - null
psStatus string - ''
psStatusCode string - ''
psStatusDescription string - ''
psStatusMessage string - ''
psSum double - null
reasonMarked string - ''
responsibleId integer - null
sum double - 0
updated1c char - N
version1c string - ''
xmlId string - ''
""")

SHIPMENT = table("""
orderId integer imm,req null
allowDelivery char req N
deducted char req N
deliveryId integer req null
accountNumber string ro ''
basePriceDelivery double - 0
canceled char - N
comments string - ''
companyId integer - 0
currency string - ''
customPriceDelivery char ro Y
dateAllowDelivery datetime ro null
dateCanceled datetime ro null
dateDeducted datetime ro null
dateInsert datetime ro null
dateMarked datetime ro null
dateResponsibleId datetime ro null
deliveryDocDate date - null
deliveryDocNum string - ''
deliveryName string ro ''
deliveryXmlId string ro ''
discountPrice double ro 0
empAllowDeliveryId integer - null
empCanceledId integer - null
empDeductedId integer - null
empMarkedId integer - null
empResponsibleId integer - null
externalDelivery char - N
id integer ro null
id1c string - ''
marked char - N
priceDelivery double - 0
reasonMarked string - ''
reasonUndoDeducted string - ''
responsibleId integer - null
shipmentItems list ro []
statusId char - ''
statusXmlId string ro ''
system char ro N
trackingDescription string - ''
trackingLastCheck string - ''
trackingNumber string - ''
trackingStatus string - ''
updated1c char - N
version1c string - ''
xmlId string - ''
""")

SHIPMENT_ITEM = table("""
basketId integer imm,req null
dateInsert datetime ro null
id integer ro null
orderDeliveryId integer imm,req null
quantity double req 0
reservedQuantity double ro 0
xmlId string - ''
""")

PROPERTY_VALUE = table("""
code string ro ''
id integer ro null
name string ro ''
orderId integer imm,req null
orderPropsId integer imm,req null
orderPropsXmlId string ro null
value string req ''
""")

PROPERTY = table("""
id integer ro null
personTypeId integer imm,req null
propsGroupId integer req 1
name string req ''
type string req ''
code string - ''
active char - Y
util char - N
userProps char - Y
isFiltered char - N
sort integer - 100
description string - ''
required char - N
multiple char - N
xmlId string - null
defaultValue string - ''
settings list - []
isProfileName char - N
isPayer char - N
isEmail char - N
isPhone char - N
isZip char - N
isAddress char - N
isLocation char - N
isLocation4tax char - N
isAddressFrom char - N
isAddressTo char - N
""")

STATUS = table("""
color string - ''
id string imm,req ''
notify char - Y
sort integer - 100
type char req ''
xmlId string - null
""")

STATUS_LANG = table("""
statusId string req ''
lid string req ''
name string req ''
description string - ''
""")

PERSON_TYPE = table("""
id integer ro null
name string req ''
code string - ''
sort integer - 100
active char - Y
xmlId string - ''
""")
