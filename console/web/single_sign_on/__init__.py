"""统一身份认证: signing in at the institution, by OpenID Connect (`openid.py`) or CAS (`cas.py`), where the settings name one.

A person is the pair (provider, subject), bound to an account beforehand: nobody gets an account, or a role, by signing in.
Not here: which account a subject is bound to, and the session (`pages/single_sign_on.py`). `request.py` asks a provider, `login.py`
is what the browser carries to it and back. Read `login.py` first.
"""

from __future__ import annotations

from config.settings import Settings

from .cas import Cas, ended_ticket
from .errors import SignInFailed, Unbound
from .login import COOKIE, HOLDS, PendingLogin, Provider, Way, encode, start_login, validate_callback
from .openid import OpenId

__all__ = [
    "COOKIE", "HOLDS", "Cas", "OpenId", "PendingLogin", "Provider", "SignInFailed", "Unbound", "Way", "encode", "ended_ticket", "provider",
    "start_login", "validate_callback", "ways",
]  # fmt: skip


def ways(settings: Settings) -> list[Way]:
    """The ways to sign in that the settings name."""
    named = ((OpenId.WAY, settings.oidc_issuer), (Cas.WAY, settings.cas_url))
    return [way for way, address in named if address]


def provider(settings: Settings, key: str) -> Provider:
    """The provider behind a way. KeyError where the settings do not name it."""
    if key not in {way.key for way in ways(settings)}:
        raise KeyError(key)
    return OpenId(settings) if key == OpenId.WAY.key else Cas(settings)
