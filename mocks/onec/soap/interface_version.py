"""InterfaceVersion: which versions of an interface a base serves (3.4)."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.onec.soap.service import Operation, Package, SoapService
from mocks.onec.soap.xdto import CORE, CORE_ARRAY, STRING, Prop

# A choice: the reference names the services with a version in their names, not this table.
_VERSIONS: Mapping[str, tuple[str, ...]] = {
    "EnterpriseDataExchange": ("1.0.1.1",),
    "EnterpriseDataUpload": ("1.0.1.1",),
}


def interface_version() -> SoapService:
    """Return the service; an unknown interface has an empty list of versions."""
    versions = Operation(
        "GetVersions",
        (Prop("InterfaceName", STRING),),
        CORE_ARRAY,
        lambda given: {"return": {"Value": _VERSIONS.get(given["InterfaceName"], ())}},
    )
    return SoapService(
        name="InterfaceVersion",
        namespace="http://www.1c.ru/SaaS/1.0/WS",
        file="InterfaceVersion",
        operations=(versions,),
        packages=(Package(CORE, (CORE_ARRAY,)),),
    )
