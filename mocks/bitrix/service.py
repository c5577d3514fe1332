"""Service methods that every webhook may call (reference 1.9, 1.10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mocks.bitrix import event_methods
from mocks.bitrix.errors import refuse
from mocks.bitrix.params import as_list
from mocks.bitrix.rest import BASIC, Answer, Call, Handler, Registry


def profile(call: Call) -> Answer:
    """Answer ``profile``: the webhook's owner (10.1)."""
    settings = call.site.settings
    return Answer(
        {
            "ID": str(call.caller.user_id),
            "ADMIN": call.caller.is_admin,
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
    return Answer(call.caller.is_admin)


def user_access(call: Call) -> Answer:
    """Answer ``user.access``: an administrator has every access that exists."""
    return Answer(result=bool(as_list(call.params.get("ACCESS"))))


def app_info(call: Call) -> Answer:
    """Answer ``app.info`` for an application; under a webhook as switch S3 says."""
    settings = call.site.settings
    if not call.caller.client_id:
        if settings.app_info_webhook == "scope":
            return Answer({"SCOPE": list(call.caller.scopes), "LICENSE": "ru_selfhosted"})
        refuse("ACCESS_DENIED", "Access denied! Application context required", 403)
    return Answer(
        {
            "ID": 1,
            "CODE": settings.app.client_id,
            "VERSION": 1,
            "STATUS": settings.app.status,
            "INSTALLED": call.site.is_app_installed,
            "PAYMENT_EXPIRED": "N" if settings.app.is_paid else "Y",
            "DAYS": None,
            "LANGUAGE_ID": "ru",
            "LICENSE": "ru_selfhosted",
            "LICENSE_TYPE": "selfhosted",
            "LICENSE_FAMILY": "selfhosted",
        }
    )


def feature(call: Call) -> Answer:
    """Answer ``feature.get``: whether the plan has a feature."""
    code = call.params.get("CODE")
    if not code:
        refuse("CODE_EMPTY", "CODE can't be empty")
    return Answer({"value": "Y" if code in call.site.settings.app.features else "N"})


def scope(call: Call) -> Answer:
    """Answer ``scope``: those of the caller, with ``full`` all that exist."""
    own = call.caller.scopes
    settings = call.site.settings
    every = {*own, "sale", "catalog", "pay_system", "delivery", "gateway", "crm", "user"}
    return Answer(
        sorted(name for name in every if settings.has_scope(name))
        if call.params.get("full")
        else list(own)
    )


def _directory(registry: Registry) -> tuple[Handler, Handler]:
    def methods(call: Call) -> Answer:
        """Answer ``methods``: the names open to this webhook, of one scope with ``scope``.

        All with ``full``.
        """
        open_to = {BASIC, *call.caller.scopes}
        has_method = call.site.settings.has_method
        only = call.params.get("scope")
        names = [
            name
            for name, method in registry.methods.items()
            if has_method(name, method.scope)
            and (
                method.scope == only
                if only is not None
                else call.params.get("full") or method.scope in open_to
            )
        ]
        return Answer(names)

    def method_get(call: Call) -> Answer:
        """Answer ``method.get``: whether a method exists and may be called."""
        name = str(call.params.get("name", "")).lower()
        found = registry.methods.get(name)
        if found is not None and not call.site.settings.has_method(name, found.scope):
            found = None
        is_open = found is not None and found.scope in {BASIC, *call.caller.scopes}
        return Answer({"isExisting": found is not None, "isAvailable": is_open})

    return methods, method_get


def service_methods(registry: Registry) -> Mapping[str, Callable[[Call], Answer]]:
    """Return the service methods; two of them look into the registry itself."""
    methods, method_get = _directory(registry)
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
        **event_methods.METHODS,
    }
