"""Keys for what is kept: given from outside, told apart by id, several at once while one takes another's place."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ratchet.errors import SettingsError
from ratchet.settings import Settings

KEY_BYTES = 32
MAKE = "openssl rand -base64 32"
"""A command that makes a key."""
_COMMAND_SECONDS = 30.0


class Key:
    """A master key.  What it is used for gets a key of its own, derived, so that no use tells of another."""

    __slots__ = ("_material", "id")

    def __init__(self, material: bytes) -> None:
        self._material = material
        self.id = hashlib.sha256(material).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def derived(self, purpose: str) -> bytes:
        """The key (32 bytes) for a purpose."""
        return hmac.digest(self._material, purpose.encode("utf-8", "surrogatepass"), "sha256")


class Keyring:
    """The keys at hand: the first one seals, all of them open."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.id: key for key in reversed(keys)}
        self.newest = keys[0] if keys else None
        self.ids = tuple(dict.fromkeys(key.id for key in keys))

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.ids)})"

    def get(self, id: str, what: str) -> Key:
        """The key of an id; raises `SettingsError` that names the id where it is not at hand."""
        if id not in self._keys:
            have = f"the keys at hand are {', '.join(self.ids)}" if self.ids else "no key is set"
            raise SettingsError(
                f"{what} is sealed with the key {id}, and {have}",
                todo="give that key too, after the newest: RATCHET_ENCRYPTION_KEY=NEWEST,OLDER, or a line each in "
                "RATCHET_ENCRYPTION_KEY_FILE",
            )
        return self._keys[id]


def keyring(settings: Settings) -> Keyring:
    """The keys that settings give: in the environment, a file, or as a command prints them.

    Each is 32 bytes in base64, the newest first, parted by commas or lines.  Raises `SettingsError` where more than one
    of the three is set, or what is there is no key.
    """
    given = settings.encryption_key
    set_ = [
        name
        for name, value in (
            ("RATCHET_ENCRYPTION_KEY", given),
            ("RATCHET_ENCRYPTION_KEY_FILE", settings.encryption_key_file),
            ("RATCHET_ENCRYPTION_COMMAND", settings.encryption_command),
        )
        if value is not None
    ]
    if len(set_) > 1:
        raise SettingsError(f"keys are given twice: {' and '.join(set_)}", todo="set one of them")
    if given is not None:
        return parsed(given.get_secret_value(), set_[0])
    if settings.encryption_key_file is not None:
        return parsed(_of_file(settings.encryption_key_file), set_[0])
    if settings.encryption_command is not None:
        return parsed(_of_command(settings.encryption_command), set_[0])
    return Keyring(())


def parsed(text: str, where: str) -> Keyring:
    """The keys in a text; raises `SettingsError`, which quotes nothing of it."""
    found = [each.strip() for line in text.splitlines() for each in line.split(",")]
    lines = [each for each in found if each and not each.startswith("#")]
    if not lines:
        raise SettingsError(f"{where} gives no key", todo=f"make one: {MAKE}")
    return Keyring([_key(each, where) for each in lines])


def _key(text: str, where: str) -> Key:
    try:
        material = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        material = b""
    if len(material) != KEY_BYTES:
        raise SettingsError(
            f"{where} holds what is no key: a key is {KEY_BYTES} bytes in base64 (44 signs)", todo=f"make one: {MAKE}"
        )
    return Key(material)


def _of_file(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError as error:
        raise SettingsError(
            f"the key file {path} cannot be read: {error.strerror}", todo="set RATCHET_ENCRYPTION_KEY_FILE to a file"
        ) from None


def _of_command(command: str) -> str:
    """What a command prints, run once and by no shell; what it says on standard error is the reader's."""
    try:
        done = subprocess.run(
            shlex.split(command),
            check=False,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=_COMMAND_SECONDS,
        )
    except (OSError, ValueError, IndexError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it is empty"
        raise SettingsError(
            f"RATCHET_ENCRYPTION_COMMAND cannot be run: {reason}", todo="set it to a program and its arguments"
        ) from None
    except subprocess.TimeoutExpired:
        raise SettingsError(
            f"RATCHET_ENCRYPTION_COMMAND printed no key in {_COMMAND_SECONDS:g} s", todo="see what it waits for"
        ) from None
    if done.returncode:
        raise SettingsError(
            f"RATCHET_ENCRYPTION_COMMAND ended with {done.returncode}", todo="run it by hand: it says why"
        )
    return done.stdout.decode("ascii", "replace")
