"""Envelope encryption of payloads at rest: JSON sealed with AES-256-GCM.

A sealed value is ``version (1) | key id (4) | nonce (12) | ciphertext and tag``. The name of the
table is authenticated with it, so a value moved to another table does not open. Several keys may be
given while keys are changed: the first seals, all open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.contract import ConfigInvalid, StoreError

VERSION = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
KEY_FILE = "data.key"
MAKE_ONE = "make one with `openssl rand -base64 32`"
VARIABLE = "GATEWAY_DATA_KEY"
HEAD = len(VERSION) + KEY_ID_BYTES


class Sealer:
    """Seals and opens JSON values.

    Attribute ``generated`` tells that the key lies beside the data, for development only.
    """

    def __init__(
        self,
        keys: Sequence[bytes],
        *,
        generated: bool = False,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            msg = f"data key: {KEY_BYTES} bytes in base64 are needed; {MAKE_ONE}"
            raise ConfigInvalid(msg)
        self.generated = generated
        self._entropy = entropy
        self._oldest = keys[-1]
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._first = _key_id(keys[0])

    def __repr__(self) -> str:
        return f"Sealer(key={self._first.hex()}, generated={self.generated})"

    @classmethod
    def from_environment(cls, data_dir: Path, env: Mapping[str, str]) -> Sealer:
        """Take the key from ``GATEWAY_DATA_KEY``, else from a key file made in ``data_dir`` (0600).

        The variable holds base64; after a change of keys, the old ones follow, separated by commas.
        Raises ``ConfigInvalid`` for a value that is no key.
        """
        text = env.get(VARIABLE, "").strip()
        if text:
            return cls([_decoded(part, VARIABLE) for part in text.split(",")])
        path = data_dir / KEY_FILE
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            _create(path, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        return cls([_decoded(path.read_text("ascii"), KEY_FILE)], generated=True)

    def derive(self, purpose: str) -> bytes:
        """Return a secret for another purpose (32 bytes); a change of keys does not change it.

        It comes from the oldest key, which must stay in the list as long as what it made is used.
        """
        return hmac.new(self._oldest, purpose.encode(), hashlib.sha256).digest()

    def seal(self, table: str, value: Any) -> bytes:  # noqa: ANN401 - any JSON value
        """Seal a JSON value for ``table``."""
        nonce = self._entropy(NONCE_BYTES)
        text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
        sealed = self._ciphers[self._first].encrypt(nonce, text, table.encode())
        return VERSION + self._first + nonce + sealed

    def open(self, table: str, sealed: bytes) -> Any:  # noqa: ANN401 - any JSON value
        """Open what ``seal`` made for ``table``; ``StoreError`` for a wrong key or a forgery."""
        key_id = bytes(sealed[len(VERSION) : HEAD])
        cipher = self._ciphers.get(key_id) if sealed[: len(VERSION)] == VERSION else None
        if cipher is None:
            msg = (
                f"{table}: sealed with data key {key_id.hex()}, which was not given; "
                f"add that key to {VARIABLE} (keys are separated by commas)"
            )
            raise StoreError(msg)
        nonce, text = sealed[HEAD : HEAD + NONCE_BYTES], sealed[HEAD + NONCE_BYTES :]
        try:
            return orjson.loads(cipher.decrypt(nonce, text, table.encode()))
        except InvalidTag as error:
            msg = f"{table}: a sealed value was changed from outside; restore it from a backup"
            raise StoreError(msg) from error


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"retail gateway data key" + key).digest()[:KEY_ID_BYTES]


def _decoded(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        msg = f"{where}: the data key is not base64; {MAKE_ONE}"
        raise ConfigInvalid(msg) from None


def _create(path: Path, content: bytes) -> None:
    """Write a new private file; when another process was faster, keep that one's."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(made, path)
    except FileExistsError:
        return  # the other process's key is the key
    finally:
        made.unlink()
