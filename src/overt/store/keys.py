"""The instance's key, from which every other secret hangs, and its signing key.

The instance key is 32 random bytes. It lies in `instance-key`, wrapped by what opens it: a
passphrase, through Argon2id, or a key file that can be kept on another medium. Python cannot wipe
bytes from memory; docs/threat-model.md says what that leaves.
"""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, Self

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overt.errors import BadKey, Misuse
from overt.store.durable import (
    locked,
    make_folder,
    read_small,
    remove_abandoned,
    sync_folder,
    write_all,
    write_whole,
)

if TYPE_CHECKING:
    from pathlib import Path

INSTANCE_KEY = "instance-key"
SIGNING_KEY = "signing-key"
KEY_BYTES = 32
NONCE_BYTES = 12
WRAPPED = b"\x01"
"""First byte of a wrapped secret: the version of the format."""
SHORTEST_PASSPHRASE = 12
"""Bytes. A thief of the disk may guess as often as they like."""
LONGEST_PASSPHRASE = 1024
KEY_FILE_LINE = "overt-key-1 "
MOST_BYTES = 4096
"""Of any file here. All are far shorter."""


class KeyRecord(BaseModel):
    """What `instance-key` holds. The bounds keep an altered file from eating memory or time."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["overt instance key 1"] = "overt instance key 1"
    opened_by: Literal["passphrase", "key file"]
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """16 bytes, hexadecimal."""
    time_cost: Annotated[int, Field(ge=2, le=16)] = 3
    """Argon2id passes. The defaults are RFC 9106's for machines with little memory."""
    memory_kib: Annotated[int, Field(ge=19 * 1024, le=512 * 1024)] = 64 * 1024
    parallelism: Annotated[int, Field(ge=1, le=8)] = 4
    wrapped: Annotated[str, Field(pattern=r"^[0-9a-f]{122}$")]
    """The instance key, wrapped, hexadecimal."""

    @property
    def purpose(self) -> str:
        """Everything but the wrapped key, so that nothing in the file can be altered unseen."""
        return self.model_dump_json(exclude={"wrapped"})

    def opening_key(self, *, passphrase: bytes | None, key_file: Path | None) -> bytes:
        """The 32 bytes that open the record.

        Raises:
            BadKey: if the other way of opening is wanted, or the key file is unfit.
        """
        if key_file is not None and self.opened_by == "key file":
            return read_key_file(key_file)
        if passphrase is not None and self.opened_by == "passphrase":
            return hash_secret_raw(
                passphrase,
                bytes.fromhex(self.salt),
                time_cost=self.time_cost,
                memory_cost=self.memory_kib,
                parallelism=self.parallelism,
                hash_len=KEY_BYTES,
                type=Type.ID,
            )
        msg = f"the instance key is opened by a {self.opened_by}, which was not given"
        raise BadKey(msg, advice="Give what it was made with")


class InstanceKey:
    """32 secret bytes in memory. Nothing shows them, and they cannot be pickled or copied out."""

    __slots__ = ("_cipher",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            msg = "an instance key has 32 bytes"
            raise Misuse(msg)
        self._cipher = AESGCM(secret)

    def __repr__(self) -> str:
        return "InstanceKey(hidden)"

    def __reduce__(self) -> NoReturn:
        msg = "an instance key leaves the process in no form"
        raise TypeError(msg)

    @classmethod
    def create(
        cls, folder: Path, *, passphrase: bytes | None = None, key_file: Path | None = None
    ) -> Self:
        """Make the instance's key at first use, and the key file where one is wanted.

        Raises:
            BadKey: if a key exists already, the passphrase is too short, or a file cannot be made.
            Misuse: unless exactly one of `passphrase` and `key_file` is given.
        """
        _one_of(passphrase, key_file)
        if passphrase is not None and not (
            SHORTEST_PASSPHRASE <= len(passphrase) <= LONGEST_PASSPHRASE
        ):
            msg = f"a passphrase has {SHORTEST_PASSPHRASE} to {LONGEST_PASSPHRASE} bytes"
            raise BadKey(msg, advice="Four or five words drawn at random are good")
        path = folder / INSTANCE_KEY
        try:
            make_folder(folder)
            with locked(folder):
                remove_abandoned(folder)
                if os.path.lexists(path):
                    msg = f"{path} exists"
                    raise BadKey(msg, advice="A second key would make everything sealed unreadable")
                secret = secrets.token_bytes(KEY_BYTES)
                if key_file is not None:
                    _make_key_file(key_file)
                try:
                    write_whole(path, _record_of(secret, passphrase, key_file))
                except BaseException:
                    if key_file is not None:
                        key_file.unlink(missing_ok=True)
                    raise
        except OSError as error:
            msg = f"the instance key cannot be made: {error.strerror} ({error.filename})"
            raise BadKey(msg) from error
        return cls(secret)

    @classmethod
    def unlock(
        cls, folder: Path, *, passphrase: bytes | None = None, key_file: Path | None = None
    ) -> Self:
        """Open the instance's key.

        Raises:
            BadKey: if there is none, the passphrase or key file is wrong, or the file was altered.
            Misuse: unless exactly one of `passphrase` and `key_file` is given.
        """
        _one_of(passphrase, key_file)
        path = folder / INSTANCE_KEY
        try:
            record = KeyRecord.model_validate_json(read_small(path, MOST_BYTES))
        except FileNotFoundError as error:
            msg = f"there is no instance key in {folder}"
            raise BadKey(msg, advice="Create one first, or restore it from a backup") from error
        except OSError as error:
            msg = f"{path} cannot be read: {error.strerror}"
            raise BadKey(msg) from error
        except ValidationError as error:
            msg = f"{path} was altered or is of another version"
            raise BadKey(msg, advice="Restore it from a backup") from error
        opening = cls(record.opening_key(passphrase=passphrase, key_file=key_file))
        try:
            secret = opening.unwrap(bytes.fromhex(record.wrapped), purpose=record.purpose)
        except BadKey as error:
            msg = f"the {record.opened_by} does not open {path}, or the file was altered"
            raise BadKey(msg, advice="Nothing was changed; try again") from error
        return cls(secret)

    def wrap(self, secret: bytes, *, purpose: str) -> bytes:
        """Seal a secret to this instance and one purpose: AES-256-GCM, the purpose as its AAD."""
        nonce = os.urandom(NONCE_BYTES)
        return WRAPPED + nonce + self._cipher.encrypt(nonce, secret, purpose.encode())

    def unwrap(self, wrapped: bytes, *, purpose: str) -> bytes:
        """Open what `wrap` sealed for the same purpose.

        Raises:
            BadKey: if it was altered, or sealed by another instance or for another purpose.
        """
        msg = "a wrapped key was altered, or belongs to another instance or purpose"
        if wrapped[:1] != WRAPPED or len(wrapped) < 1 + NONCE_BYTES + 16:
            raise BadKey(msg)
        nonce, sealed = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, sealed, purpose.encode())
        except InvalidTag as error:
            raise BadKey(msg) from error


def signing_key(folder: Path, instance_key: InstanceKey) -> Ed25519PrivateKey:
    """The instance's signing key: made the first time, the same one ever after.

    Raises:
        BadKey: if its file was altered, is another instance's, or cannot be read or made.
    """
    path = folder / SIGNING_KEY
    try:
        make_folder(folder)
        with locked(folder):
            remove_abandoned(folder)
            if not os.path.lexists(path):
                made = Ed25519PrivateKey.generate().private_bytes_raw()
                write_whole(path, instance_key.wrap(made, purpose="signing key"))
            wrapped = read_small(path, MOST_BYTES)
    except OSError as error:
        msg = f"the signing key cannot be read or made: {error.strerror} ({error.filename})"
        raise BadKey(msg) from error
    try:
        return Ed25519PrivateKey.from_private_bytes(
            instance_key.unwrap(wrapped, purpose="signing key")
        )
    except BadKey as error:
        msg = f"{path} was altered or belongs to another instance"
        raise BadKey(msg, advice="Restore it from a backup; do not remove it") from error


def read_private(path: Path) -> bytes:
    """A short file that only its owner may read, such as a key file.

    Raises:
        BadKey: if it is missing, too long, no plain file, another's, or open to others.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                msg = f"{path} is not a plain file"
                raise BadKey(msg)
            if found.st_uid not in {os.geteuid(), 0} or stat.S_IMODE(found.st_mode) & 0o077:
                msg = f"{path} belongs to, or can be read by, other accounts"
                raise BadKey(msg, advice=f"Make it yours alone: chmod 600 {path}")
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise BadKey(msg) from error
    if len(content) > MOST_BYTES:
        msg = f"{path} is longer than {MOST_BYTES} bytes"
        raise BadKey(msg)
    return content


def read_key_file(path: Path) -> bytes:
    """The 32 bytes of a key file that Overt made.

    Raises:
        BadKey: as `read_private`, or if it is no such file.
    """
    try:
        line = read_private(path).decode("ascii").removesuffix("\n")
        secret = bytes.fromhex(line.removeprefix(KEY_FILE_LINE))
    except ValueError:
        line, secret = "", b""
    if len(secret) != KEY_BYTES or line != KEY_FILE_LINE + secret.hex():
        msg = f"{path} is not a key file of Overt, or was altered"
        raise BadKey(msg)
    return secret


def _make_key_file(path: Path) -> None:
    if os.path.lexists(path):
        msg = f"{path} exists"
        raise BadKey(msg, advice="Name a file that does not exist yet; Overt makes it")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_all(fd, f"{KEY_FILE_LINE}{secrets.token_hex(KEY_BYTES)}\n".encode())
        os.fsync(fd)
    except BaseException:
        path.unlink()
        raise
    finally:
        os.close(fd)
    sync_folder(path.parent)


def _record_of(secret: bytes, passphrase: bytes | None, key_file: Path | None) -> bytes:
    record = KeyRecord(
        opened_by="passphrase" if key_file is None else "key file",
        salt=secrets.token_hex(16),
        wrapped="0" * 122,
    )
    opening = InstanceKey(record.opening_key(passphrase=passphrase, key_file=key_file))
    wrapped = opening.wrap(secret, purpose=record.purpose).hex()
    return record.model_copy(update={"wrapped": wrapped}).model_dump_json(indent=2).encode() + b"\n"


def _one_of(passphrase: bytes | None, key_file: Path | None) -> None:
    if (passphrase is None) == (key_file is None):
        msg = "give either a passphrase or a key file"
        raise Misuse(msg)
