"""From a request to an answer: address, rights, dispatch, errors, journal (reference, 1)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import orjson
from starlette.datastructures import Headers

from mocks.onec.infobase import Infobase
from mocks.onec.odata import atom, body, exchange, writing
from mocks.onec.odata.address import Segment, key_of, segments
from mocks.onec.odata.answer import JSON, Answer, entity_path
from mocks.onec.odata.errors import ODataRefused, no_access, no_entity, no_method, not_allowed
from mocks.onec.odata.metadata import metadata
from mocks.onec.odata.options import Format, format_of, options_of, parameters
from mocks.onec.odata.reading import Reader
from mocks.onec.schema import Entity
from mocks.onec.settings import InfobaseUser

_LOAD_MODE = "1C_OData-DataLoadMode"
_POSTING = frozenset({"Post", "Unpost"})


@dataclass(frozen=True)
class Sent:
    """A request: the path is decoded and begins after the root."""

    verb: str
    path: str
    query: str
    root: str
    headers: Headers
    body: bytes


class Gate:
    """Answers the requests of the interface and notes them in the journal."""

    def __init__(self, infobase: Infobase) -> None:
        """Stand before one infobase."""
        self._infobase = infobase
        self._metadata: tuple[tuple[bool, int], bytes] = ((False, -1), b"")

    def handle(self, sent: Sent, user: InfobaseUser) -> Answer:
        """Answer one request, refusals included."""
        settings = self._infobase.settings
        form = Format()
        first = sent.path.strip("/").partition("/")[0].partition("(")[0]
        try:
            given = parameters(sent.query, plus_is_space=settings.plus_is_space)
            form = format_of(given, sent.headers.get("accept", ""))
            found = self._answer(sent, user, given, form)
        except writing.StaleVersion:
            found = Answer(412, effect="refused")
        except ODataRefused as refusal:
            language = settings.error_lang_text
            if form.is_json and first != "$batch":
                found = Answer(refusal.status, refusal.as_json(language), JSON, effect="refused")
            else:
                found = Answer(refusal.status, refusal.as_xml(language), atom.XML, effect="refused")
        self._infobase.journal.write(
            sent.verb,
            f"/odata/{first}",
            op=first or "service",
            key=found.key,
            status=found.status,
            effect=found.effect,
        )
        return found

    def _answer(
        self, sent: Sent, user: InfobaseUser, given: dict[str, str], form: Format
    ) -> Answer:
        path = segments(sent.path)
        if not path:
            return self._service(sent, form)
        first, rest = path[0], path[1:]
        special = self._special(sent, first, given, user)
        if special is not None:
            return special
        entity = self._infobase.composition.published(first.name)
        if entity is None:
            raise no_entity(first.name)
        reads = sent.verb == "GET"
        forbidden = user.hidden if reads else (*user.hidden, *user.read_only)
        if "*" in forbidden or entity.name in forbidden or entity.owner in forbidden:
            raise no_access()
        reader = Reader(self._infobase, sent.root, form, options_of(given))
        if reads:
            return reader.read(entity, first, rest)
        return self._write(sent, reader, entity, (first, *rest))

    def _service(self, sent: Sent, form: Format) -> Answer:
        if sent.verb != "GET":
            raise not_allowed()
        names = list(self._infobase.composition.view().entities)
        if not form.is_json:
            return Answer(200, atom.service(sent.root, names), "application/atomsvc+xml")
        sets = [{"name": name, "url": name} for name in names]
        head = {"odata.metadata": f"{sent.root}$metadata"}
        return Answer(
            200,
            orjson.dumps((head if form.level != "nometadata" else {}) | {"value": sets}),
            JSON,
        )

    def _special(
        self, sent: Sent, first: Segment, given: dict[str, str], user: InfobaseUser
    ) -> Answer | None:
        """Answer what is no entity set, or return None."""
        match first.name:
            case "$metadata" if sent.verb != "GET":
                raise not_allowed()
            case "$metadata":
                return self._describe()
            case "$batch":
                raise ODataRefused(501, 0, "Пакетные запросы не поддерживаются")
            case "SelectChanges" | "NotifyChangesReceived" if sent.verb != "POST":
                raise not_allowed()
            case "SelectChanges" | "NotifyChangesReceived" if "*" in user.read_only:
                raise no_access()
            case "SelectChanges":
                return exchange.select_changes(self._infobase, sent.root, given)
            case "NotifyChangesReceived":
                return exchange.notify_received(self._infobase, given)
            case _:
                return None

    def _describe(self) -> Answer:
        infobase = self._infobase
        state = (infobase.settings.enum_types_in_metadata, infobase.composition.version)
        if self._metadata[0] != state:
            text = metadata(infobase.composition.view(), enumerations=state[0])
            self._metadata = (state, text)
        return Answer(200, self._metadata[1], atom.XML)

    def _write(
        self, sent: Sent, reader: Reader, entity: Entity, path: tuple[Segment, ...]
    ) -> Answer:
        infobase, first = self._infobase, path[0]
        if len(path) > 1:
            return self._function(sent, entity, path)
        if not first.bracketed:
            if sent.verb != "POST":
                raise not_allowed()
            loads = sent.headers.get(_LOAD_MODE, "") == "true"
            made = writing.create(infobase, entity, _properties(sent), loads=loads)
            shown = dict(made)
            if infobase.settings.create_dataversion_null and "DataVersion" in shown:
                shown["DataVersion"] = None
            answer = reader.one(entity, shown, status=201, effect="created")
            location = sent.root + quote(entity_path(entity, entity.key_of(made)), safe="()',=")
            return _with_location(answer, location)
        if sent.verb == "POST":
            raise not_allowed()
        key = key_of(entity, first)
        if sent.verb != "PUT":
            writing.check_version(infobase, entity, key, sent.headers.get("if-match"))
        if sent.verb == "DELETE":
            writing.delete(infobase, entity, key)
            return Answer(204, key=str(key[0]), effect="changed")
        row = writing.change(infobase, entity, key, _properties(sent), whole=sent.verb == "PUT")
        return reader.one(entity, row, effect="changed")

    def _function(self, sent: Sent, entity: Entity, path: tuple[Segment, ...]) -> Answer:
        """Run Post or Unpost."""
        name = path[1].name
        if name not in _POSTING or entity.kind != "document" or len(path) > 2:  # noqa: PLR2004
            raise no_method() if sent.verb == "POST" else not_allowed()
        if sent.verb != "POST":
            raise not_allowed()
        key = key_of(entity, path[0])
        writing.run_posting(self._infobase, entity, key, name)
        empty = self._infobase.settings.post_body == "empty"
        return Answer(
            200, b"" if empty else b"{}", "" if empty else JSON, key=key[0], effect="changed"
        )


def _properties(sent: Sent) -> dict[str, object]:
    return body.parsed(sent.body, sent.headers.get("content-type", ""))


def _with_location(answer: Answer, location: str) -> Answer:
    return Answer(
        answer.status,
        answer.body,
        answer.content_type,
        {"Location": location},
        key=answer.key,
        effect=answer.effect,
    )
