"""Service methods that every webhook may call (reference 1.9, 1.10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mocks.bitrix.errors import refuse
from mocks.bitrix.params import as_list
from mocks.bitrix.rest import BASIC, Answer, Call, Handler, Registry


def profile(call: Call) -> Answer:
    """Answer ``profile``: the webhook's owner (10.1)."""
    settings = call.site.settings
    return Answer(
        {
            "ID": str(settings.user_id),
            "ADMIN": True,
            "NAME": "Gateway",
            "LAST_NAME": "",
            "PERSONAL_GENDER": "",
            "TIME_ZONE": "",
            "TIME_ZONE_OFFSET": settings.utc_offset_h * 3600,
        }
    )


def server_time(call: Call) -> Answer:
    """Answer ``server.time``."""
    return Answer(call.site.clock.stamp())


def user_admin(call: Call) -> Answer:
    """Answer ``user.admin``: the owner of the webhook is an administrator."""
    del call
    return Answer(result=True)


def user_access(call: Call) -> Answer:
    """Answer ``user.access``: an administrator has every access that exists."""
    return Answer(result=bool(as_list(call.params.get("ACCESS"))))


def app_info(call: Call) -> Answer:
    """Refuse ``app.info`` under a webhook (switch S3)."""
    del call
    refuse("ACCESS_DENIED", "Access denied! Application context required", 403)


def application_only(call: Call) -> Answer:
    """Refuse a method that only an application may call (1.10)."""
    del call
    refuse("WRONG_AUTH_TYPE", "Current authorization type is denied for this method", 403)


def feature(call: Call) -> Answer:
    """Answer ``feature.get``: this shop has none of the paid features."""
    if not call.params.get("CODE"):
        refuse("CODE_EMPTY", "CODE can't be empty")
    return Answer({"value": "N"})


def scope(call: Call) -> Answer:
    """Answer ``scope``: those of the webhook, with ``full`` all that exist."""
    own = call.site.settings.scopes
    return Answer(
        sorted({*own, "sale", "catalog", "pay_system", "delivery"})
        if call.params.get("full")
        else list(own)
    )


def _directory(registry: Registry) -> tuple[Handler, Handler]:
    def methods(call: Call) -> Answer:
        """Answer ``methods``: the names open to this webhook, of one scope with ``scope``.

        All with ``full``.
        """
        open_to = {BASIC, *call.site.settings.scopes}
        only = call.params.get("scope")
        names = [
            name
            for name, method in registry.methods.items()
            if (
                method.scope == only
                if only is not None
                else call.params.get("full") or method.scope in open_to
            )
        ]
        return Answer(names)

    def method_get(call: Call) -> Answer:
        """Answer ``method.get``: whether a method exists and may be called."""
        found = registry.methods.get(str(call.params.get("name", "")).lower())
        is_open = found is not None and found.scope in {BASIC, *call.site.settings.scopes}
        return Answer({"isExisting": found is not None, "isAvailable": is_open})

    return methods, method_get


def service_methods(registry: Registry) -> Mapping[str, Callable[[Call], Answer]]:
    """Return the service methods; two of them look into the registry itself."""
    methods, method_get = _directory(registry)
    events = ("events", "event.bind", "event.unbind", "event.get", "event.test")
    offline = (
        "event.offline.get",
        "event.offline.list",
        "event.offline.clear",
        "event.offline.error",
    )
    return {
        "profile": profile,
        "server.time": server_time,
        "user.admin": user_admin,
        "user.access": user_access,
        "app.info": app_info,
        "feature.get": feature,
        "scope": scope,
        "methods": methods,
        "method.get": method_get,
        **dict.fromkeys((*events, *offline), application_only),
    }
