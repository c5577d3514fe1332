"""CommerceML 2.03-2.10: reading and writing goods, offers and orders of 1C and of sites.

A format and no vendor: one connector plays 1C towards a site with it, another plays the site
towards 1C. Files are read by local names and tolerantly, and written strictly.
"""

from .archive import Member, ZipLimits, unpacked
from .classifier import Classifier, FileFacts, Group, PriceType, Property
from .dictionaries import Dictionaries, read_dictionaries, write_dictionaries
from .documents import Attached
from .mapping import CommerceMlMapping, Unit
from .markup import Encoding, WriteOptions
from .reader import CommerceMlReader
from .rows import Sender
from .scan import Limits
from .source import Source
from .write_orders import OrderWriter
from .write_products import PackageHead, ProductWriter

__all__ = [
    "Attached",
    "Classifier",
    "CommerceMlMapping",
    "CommerceMlReader",
    "Dictionaries",
    "Encoding",
    "FileFacts",
    "Group",
    "Limits",
    "Member",
    "OrderWriter",
    "PackageHead",
    "PriceType",
    "ProductWriter",
    "Property",
    "Sender",
    "Source",
    "Unit",
    "WriteOptions",
    "ZipLimits",
    "read_dictionaries",
    "unpacked",
    "write_dictionaries",
]
