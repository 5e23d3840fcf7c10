"""Names that look like secrets: never recorded or saved unless someone asks by name.

Names only, never contents: a guess about contents would be wrong in both directions, and slow.
"""

from typing import Final

__all__ = ["ENDINGS", "EXACT", "HARMLESS", "STARTS", "looks_like_secret"]

STARTS: Final = (b".env",)
"""``.env``, ``.env.production``, ``.envrc``: settings with keys in them."""
EXACT: Final = frozenset(
    {
        b"id_rsa", b"id_dsa", b"id_ecdsa", b"id_ecdsa_sk", b"id_ed25519", b"id_ed25519_sk",
        b"id_xmss",
        b".netrc", b"_netrc", b".pgpass", b".git-credentials", b".htpasswd",
        b".pypirc",
        b"credentials.json", b"client_secret.json", b"service-account.json",
        b".dockerconfigjson",
    }
)  # fmt: skip
"""Private keys under ssh's own names, and files that programs keep passwords or tokens in."""
ENDINGS: Final = (b".pem", b".key", b".p12", b".pfx", b".ppk", b".jks", b".keystore", b".kdbx")
"""Keys, certificates with their keys, and stores of them."""
HARMLESS: Final = (b".example", b".sample", b".template", b".dist", b".pub")
"""Endings that mark what is meant to be shared: ``.env.example``, ``id_rsa.pub``."""

_KEYS: Final = tuple(
    name + mark for name in sorted(EXACT) if name.startswith(b"id_") for mark in (b"_", b".", b"-")
)


def looks_like_secret(name: bytes) -> bool:
    """Whether a file's name (without folders) says that it holds a secret; case does not matter.

    Private keys are also known as ``id_rsa_work``, ``id_ed25519.old`` and the like.
    """
    folded = name.lower()
    if folded.endswith(HARMLESS):
        return False
    return folded in EXACT or folded.startswith(STARTS + _KEYS) or folded.endswith(ENDINGS)
