"""CommerceML 2.03-2.10: reading and writing goods, offers and orders of 1C and of sites.

A format and no vendor: one connector plays 1C towards a site with it, another plays the site
towards 1C. Files are read by local names and tolerantly, and written strictly.
"""

from .classifier import Classifier, FileFacts, Group, PriceType, Property
from .documents import Attached
from .mapping import CommerceMlMapping, Unit
from .reader import CommerceMlReader
from .rows import Sender
from .scan import Limits
from .source import Source

__all__ = [
    "Attached",
    "Classifier",
    "CommerceMlMapping",
    "CommerceMlReader",
    "FileFacts",
    "Group",
    "Limits",
    "PriceType",
    "Property",
    "Sender",
    "Source",
    "Unit",
]
