"""One call as a handler sees it, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mocks.retailcrm import wire
from mocks.retailcrm.account import Kept
from mocks.retailcrm.feed import Origin
from mocks.retailcrm.refusals import INVALID, input_errors, missing, not_found

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account, Shelf
    from mocks.retailcrm.settings import ApiKey

T = TypeVar("T", bound=Kept)

LIMITS = (20, 50, 100)
UPLOAD_ROWS = 50


@dataclass(frozen=True)
class Answer:
    """A successful answer; ``key`` and ``effect`` go to the journal.

    ``raw`` stands for the body where the answer is no JSON.
    """

    body: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    key: object = ""
    effect: str = "none"
    raw: bytes | None = None


@dataclass(frozen=True)
class Call:
    """A call that passed the gate; ``parameters`` is the query overlaid by the form."""

    account: Account
    key: ApiKey
    path: Mapping[str, str]
    parameters: Mapping[str, Any]
    form: Mapping[str, str]
    body: bytes = b""

    @property
    def origin(self) -> Origin:
        """Return this key as the author of a change."""
        return Origin("api", self.key.name)

    @property
    def sites(self) -> tuple[str, ...]:
        """Return the shops that the key may see."""
        return self.key.sites or tuple(self.account.shops)

    def text(self, name: str) -> str | None:
        """Return a plain parameter; an empty one counts as absent."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) and value else None

    def structure(self, name: str, kind: type = dict) -> Any:
        """Return the JSON of a structured form parameter."""
        return wire.structure(self.form, name, kind)

    def site(self) -> str | None:
        """Return the ``site`` parameter.

        Raises:
            Refused: a shop that does not exist or that the key may not see.
        """
        site = self.text("site")
        if site is None:
            return None
        site = site.strip('"')
        if site not in self.sites or site not in self.account.shops:
            raise input_errors({"site": INVALID})
        return site

    def writing_site(self) -> str:
        """Return the shop to write to; a key of exactly one shop may leave it out."""
        site = self.site()
        if site is not None:
            return site
        if len(self.sites) != 1:
            raise missing(parameter="site")
        return self.sites[0]

    def by(self) -> str:
        """Return how the path names the entity: ``externalId`` (default) or ``id``."""
        by = self.text("by") or "externalId"
        if by not in {"id", "externalId"}:
            raise input_errors({"by": INVALID})
        return by

    def entity(self, shelf: Shelf[T]) -> T:
        """Return what the path names; a merged customer answers with its survivor.

        Raises:
            Refused: 404, the shop does not have it.
        """
        ident, by = self.path["externalId"], self.by()
        if by == "id":
            found = shelf.by_id.get(int(ident)) if ident.isdecimal() else None
            if found is not None and self.sees(found.site):
                return found
        else:
            rows = shelf.external(ident, self._reading_sites())
            if rows:
                return rows[0]
        merged = cast("object", shelf) is self.account.customers
        raise not_found(self._survivor(ident, by) if merged else None)

    def _reading_sites(self) -> Sequence[str | None]:
        site = self.site()
        if site is not None:
            return [site]
        if len(self.sites) > 1 and self.account.settings.get_without_site == "400_site_missing":
            raise missing(parameter="site")
        return self.sites

    def sees(self, site: str | None) -> bool:
        """Tell whether the key may see an entity of this shop."""
        return site is None or site in self.sites

    def _survivor(self, ident: str, by: str) -> dict[str, Any] | None:
        if self.account.settings.merged_get == "404_plain":
            return None
        for number, tombstone in self.account.gone.items():
            if (str(number) if by == "id" else tombstone.external_id) != ident or not self.sees(
                tombstone.site
            ):
                continue
            survivor = self.account.customers.by_id.get(tombstone.survivor)
            return survivor.stub() if survivor else None
        return None

    def filters(self) -> dict[str, Any]:
        """Return the filter tree; anything else (such as the literal ``None``) is no filter."""
        tree = self.parameters.get("filter")
        return tree if isinstance(tree, dict) else {}

    def created(self, body: Mapping[str, Any], *, key: object, status: int = 201) -> Answer:
        """Answer a creation with the code that the table, or the switch, gives."""
        rule = self.account.settings.create_code
        code = status if rule == "by_table" else int(rule.removeprefix("always_"))
        return Answer({"success": True, **body}, code, key, "created")


def paging(call: Call) -> tuple[int, int]:
    """Return ``limit`` (20, 50 or 100) and ``page`` (counted from 1).

    Raises:
        Refused: any other value.
    """
    limit, page = call.text("limit") or "20", call.text("page") or "1"
    if not limit.isdecimal() or int(limit) not in LIMITS:
        raise input_errors({"children[limit]": INVALID})
    if not page.isdecimal() or int(page) < 1:
        raise input_errors({"children[page]": INVALID})
    return int(limit), int(page)


def paged(call: Call, name: str, rows: Sequence[Any], view: Any) -> Answer:
    """Answer one page of ``rows``, each shown by ``view``."""
    limit, page = paging(call)
    shown = [view(row) for row in rows[(page - 1) * limit : page * limit]]
    return Answer({"success": True, "pagination": pagination(limit, page, len(rows)), name: shown})


def pagination(limit: int, page: int, total: int) -> dict[str, int]:
    """Return the counters of a paged answer."""
    return {
        "limit": limit,
        "totalCount": total,
        "currentPage": page,
        "totalPageCount": -(-total // limit),
    }
