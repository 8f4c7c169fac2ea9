"""统一身份认证: sign-in at the institution's own provider, by OpenID Connect (`openid.py`) or CAS (`cas.py`).

The settings name the providers. A provider tells us a subject, and an administrator has bound that subject to an
account before: nobody gets an account or a role by signing in.

Read `login.py` first: it is what the browser carries to a provider and back. `request.py` sends a request to a
provider, `xml.py` reads the XML of CAS. Not here: which account a subject is bound to, and the session
(`pages/accounts/single_sign_on.py`).
"""

from __future__ import annotations

from config.settings import Settings

from .cas import Cas, ended_ticket
from .errors import SignInFailed, UnboundSubject
from .login import COOKIE, LOGIN_LIFETIME, PendingLogin, Provider, Way, encode, start_login, validate_callback
from .openid import OpenId

__all__ = [
    "COOKIE",
    "LOGIN_LIFETIME",
    "Cas",
    "OpenId",
    "PendingLogin",
    "Provider",
    "SignInFailed",
    "UnboundSubject",
    "Way",
    "encode",
    "ended_ticket",
    "provider",
    "start_login",
    "validate_callback",
    "ways",
]


def ways(settings: Settings) -> list[Way]:
    """The ways to sign in at a provider that the settings name."""
    addresses = ((OpenId.WAY, settings.oidc_issuer), (Cas.WAY, settings.cas_url))
    return [way for way, address in addresses if address]


def provider(settings: Settings, key: str) -> Provider:
    """The provider of a way to sign in. Raises KeyError if the settings do not name it."""
    if key not in {way.key for way in ways(settings)}:
        raise KeyError(key)
    return OpenId(settings) if key == OpenId.WAY.key else Cas(settings)
