"""The index of deployments, and the texts of them that the ledger must not hold.

The ledger is the truth; a row here can be caught up from it. What people wrote in their own words
is salted and hashed: the ledger has the hash, this has salt and text until both are destroyed.
After that the hash proves nothing about the text, not even to someone who guesses it.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from overt.errors import BadDatabase, DestructionFailed, Misuse, Refusal
from overt.store.database import insert_new
from overt.store.schema import TEXT_SALT, certificates, deployments, documents, texts
from overt.vocabulary import DeploymentId, Kind, Step

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from overt.store.database import Database

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
"""Kinds of documents, and what a text is about: ``authority``, ``alert/K7QD-3M2P``."""
MAX_TEXT = 4_000_000
"""Characters of one document; a text is far shorter."""


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """One line of the index."""

    id: DeploymentId
    kind: Kind
    profile: str
    step: Step
    place: str
    """As the application names it, for lists on a screen."""
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    changed_at: datetime
    """When the step was last set."""


@dataclass(frozen=True, slots=True)
class Salted:
    """What the ledger may hold of a free text."""

    sha256: str
    """Of salt ‖ UTF-8 text, hexadecimal."""


@dataclass(frozen=True, slots=True)
class TextsDestroyed:
    """What a certificate says of destroyed texts."""

    deployment: DeploymentId
    about: str | None
    """What they were about; None for all of the deployment's."""
    sha256: tuple[str, ...]
    """Their salted hashes, sorted: those destroyed now, and before on an attempt that failed."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that something was destroyed, as it was signed."""

    kind: str
    sha256: str
    body: str
    created_at: datetime


class Deployments:
    """The deployments of one instance.

    Args:
        database: where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: DeploymentRow) -> bool:
        """Put a deployment in the index; False if it is there already, which changes nothing."""
        _check_text(row.place)
        values = {name: getattr(row, name) for name in DeploymentRow.__slots__}
        with self._database.begin() as connection:
            return insert_new(connection, deployments, **values)

    def get(self, deployment: DeploymentId) -> DeploymentRow:
        """One deployment.

        Raises:
            Misuse: if there is none of this id.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(deployments).where(deployments.c.id == _text_id(deployment))
            ).one_or_none()
        if row is None:
            raise _missing(deployment)
        return _deployment(row)

    def list(self) -> tuple[DeploymentRow, ...]:
        """Every deployment, the oldest first."""
        with self._database.read() as connection:
            order = (deployments.c.created_at, deployments.c.id)
            rows = connection.execute(select(deployments).order_by(*order)).all()
        return tuple(map(_deployment, rows))

    def set_step(
        self, deployment: DeploymentId, step: Step, now: datetime, *, was: Step | None = None
    ) -> None:
        """Say where a deployment stands.

        Args:
            deployment: which one.
            step: where it stands now.
            now: when.
            was: where it must stand before; None to catch up with the ledger.

        Raises:
            Refusal: R1, if it does not stand at `was`: someone else moved it.
            Misuse: if there is no such deployment.
        """
        mine = deployments.c.id == _text_id(deployment)
        with self._database.begin() as connection:
            stands = connection.execute(
                select(deployments.c.step).where(mine).with_for_update()
            ).scalar_one_or_none()
            if stands is None:
                raise _missing(deployment)
            if was is not None and stands != was:
                msg = f"{deployment} stands at {stands}, no longer at {was}"
                raise Refusal(message=msg, rule="R1", advice="Look at it again, then decide.")
            connection.execute(deployments.update().where(mine).values(step=step, changed_at=now))

    def put_document(self, deployment: DeploymentId, kind: str, body: str) -> str:
        """Keep a document; its SHA-256, hexadecimal. The same one again changes nothing.

        Raises:
            Refusal: R20, if another one of this kind is kept: what was relied on stays.
        """
        _check_label(kind)
        sha256 = hashlib.sha256(_check_text(body)).hexdigest()
        with self._database.begin() as connection:
            must_exist(connection, deployment)
            row = {"deployment": deployment, "kind": kind, "sha256": sha256, "body": body}
            if not insert_new(connection, documents, **row):
                kept = connection.execute(
                    select(documents.c.sha256).where(
                        documents.c.deployment == deployment, documents.c.kind == kind
                    )
                ).scalar_one()
                if kept != sha256:
                    msg = f"{deployment} has another document {kind}, and it cannot be replaced"
                    raise Refusal(message=msg, rule="R20", advice="Make a new deployment.")
        return sha256

    def discard_document(self, deployment: DeploymentId, kind: str) -> None:
        """Forget a document that a crash left behind and no ledger names: nothing relied on it."""
        with self._database.begin() as connection:
            connection.execute(
                documents.delete().where(
                    documents.c.deployment == _text_id(deployment), documents.c.kind == kind
                )
            )

    def document(self, deployment: DeploymentId, kind: str) -> str:
        """A document's text.

        Raises:
            Misuse: if none of this kind is kept.
            BadDatabase: R21, if it is not what was put there.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(documents).where(
                    documents.c.deployment == _text_id(deployment),
                    documents.c.kind == _text_id(kind),
                )
            ).one_or_none()
        if row is None:
            msg = f"{deployment} has no document {kind}"
            raise Misuse(msg, advice="See overt deployment show.")
        _check_unaltered(row.body.encode(), row.sha256, f"document {kind} of {deployment}")
        return str(row.body)

    def documents(self, deployment: DeploymentId) -> dict[str, str]:
        """SHA-256 of each document kept, by kind."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(documents.c.kind, documents.c.sha256)
                .where(documents.c.deployment == _text_id(deployment))
                .order_by(documents.c.kind)
            ).all()
        return {row.kind: row.sha256 for row in rows}

    def put_text(self, deployment: DeploymentId, body: str, *, about: str = "deployment") -> Salted:
        """Keep a free text until it is destroyed, under a salt of its own.

        Args:
            deployment: whose it is, and with whose texts it dies.
            body: what someone wrote.
            about: what it dies with, if earlier: ``alert/K7QD-3M2P``, ``list``.
        """
        _check_label(about)
        encoded, salt = _check_text(body), os.urandom(TEXT_SALT)
        sha256 = hashlib.sha256(salt + encoded).hexdigest()
        row = {"sha256": sha256, "about": about, "salt": salt, "body": body}
        with self._database.begin() as connection:
            must_exist(connection, deployment)
            connection.execute(texts.insert().values(deployment=deployment, **row))
        return Salted(sha256)

    def text(self, deployment: DeploymentId, sha256: str) -> str:
        """A free text by its salted hash.

        Raises:
            Refusal: R11, if it was destroyed.
            Misuse: if there never was one.
            BadDatabase: R21, if it is not what was put there.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(texts).where(
                    texts.c.deployment == _text_id(deployment), texts.c.sha256 == _text_id(sha256)
                )
            ).one_or_none()
        if row is None:
            msg = f"{deployment} has no text {sha256[:64]}"
            raise Misuse(msg, advice="Take the hash from the ledger.")
        if row.destroyed_at is not None:
            msg = f"the text was destroyed at {row.destroyed_at:%Y-%m-%d %H:%M:%S} UTC"
            raise Refusal(message=msg, rule="R11", advice="See the deployment's certificates.")
        _check_unaltered(row.salt + row.body.encode(), sha256, f"a text of {deployment}")
        return str(row.body)

    def destroy_texts(
        self, deployment: DeploymentId, now: datetime, *, about: str | None = None
    ) -> TextsDestroyed:
        """Destroy texts and their salts, and leave nothing of them in the database's files.

        It may be done again, after a failure or for nothing: the answer names the same texts.
        See `Database.purge` for what a PostgreSQL server keeps for a while.

        Raises:
            DestructionFailed: N13, if something of them may be left.
            Misuse: if there is no such deployment.
        """
        chosen = texts.c.deployment == _text_id(deployment)
        if about is not None:
            _check_label(about)
            chosen &= texts.c.about == about
        try:
            with self._database.begin() as connection:
                must_exist(connection, deployment)
                connection.execute(
                    texts.update()
                    .where(chosen, texts.c.destroyed_at.is_(None))
                    .values(salt=None, body=None, destroyed_at=now)
                )
                gone = connection.execute(select(texts.c.sha256).where(chosen)).scalars().all()
            self._database.purge()
        except BadDatabase as error:
            msg = f"texts of {deployment} may be left in the database: {error.message}"
            raise DestructionFailed(msg, rule="N13", advice=error.advice) from error
        return TextsDestroyed(deployment, about, tuple(sorted(gone)))

    def put_certificate(self, deployment: DeploymentId, kind: str, body: str, now: datetime) -> str:
        """Keep a certificate of destruction; its SHA-256. The same one again changes nothing."""
        _check_label(kind)
        sha256 = hashlib.sha256(_check_text(body)).hexdigest()
        row = {"sha256": sha256, "kind": kind, "body": body, "created_at": now}
        with self._database.begin() as connection:
            must_exist(connection, deployment)
            insert_new(connection, certificates, deployment=deployment, **row)
        return sha256

    def certificates(self, deployment: DeploymentId) -> tuple[Certificate, ...]:
        """A deployment's certificates, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(certificates)
                .where(certificates.c.deployment == _text_id(deployment))
                .order_by(certificates.c.created_at, certificates.c.sha256)
            ).all()
        for row in rows:
            what = f"certificate {row.kind} of {deployment}"
            _check_unaltered(row.body.encode(), row.sha256, what)
        return tuple(Certificate(row.kind, row.sha256, row.body, row.created_at) for row in rows)


def must_exist(connection: Connection, deployment: DeploymentId) -> None:
    """Refuse what would belong to no deployment.

    Raises:
        Misuse: if there is none of this id.
    """
    mine = deployments.c.id == _text_id(deployment)
    if connection.execute(select(deployments.c.id).where(mine)).first() is None:
        raise _missing(deployment)


def _deployment(row: Row[tuple[object, ...]]) -> DeploymentRow:
    return DeploymentRow(
        id=DeploymentId(row.id),
        kind=Kind(row.kind),
        profile=row.profile,
        step=Step(row.step),
        place=row.place,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _text_id(text: str) -> str:
    """A key to look up; nothing is stored under one with a zero character, nor may one be sent."""
    return text.replace("\0", "?")


def _check_text(text: str) -> bytes:
    """The text as UTF-8, if both databases can keep it.

    Raises:
        Misuse: if it is too long, or holds what no text holds.
    """
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded or len(text) > MAX_TEXT:
        msg = f"a text is longer than {MAX_TEXT:,} characters, or no Unicode text"
        raise Misuse(msg, advice="Shorten it, and leave out zero characters.")
    return encoded


def _check_label(label: str) -> None:
    if not LABEL.fullmatch(label):
        msg = f"{label[:64]!r} cannot name a kind of document or what a text is about"
        raise Misuse(msg, advice="Use 1 to 64 of A-Z a-z 0-9 . _ / -.")


def _missing(deployment: str) -> Misuse:
    return Misuse(
        f"there is no deployment {deployment[:40]!r}", advice="See overt deployment list."
    )


def _check_unaltered(content: bytes, sha256: str, what: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        msg = f"{what} is not what was put there: the database was altered"
        raise BadDatabase(msg, rule="R21", advice="Compare the hash in the ledger; restore a copy.")
