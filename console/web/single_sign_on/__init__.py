"""统一身份认证: sign-in at the institution's own provider, by OpenID Connect (`openid.py`) or CAS (`cas.py`).

The settings name the providers. A provider confirms a subject (its id for the person), and an administrator must have
bound that subject to an account before. Nobody gets an account or a role by signing in.

Read `login.py` first: it has the data that the browser carries to a provider and back. `request.py` sends a request to
a provider, `xml.py` reads the XML of CAS. Not here: the account of a subject, and the session
(`pages/accounts/single_sign_on.py`).
"""

from __future__ import annotations

from config.settings import Settings

from .cas import Cas, ended_ticket
from .errors import SignInFailed, UnboundSubject
from .login import COOKIE, LOGIN_LIFETIME, PendingLogin, Provider, SignInOption, encode, start_login, validate_callback
from .openid import OpenId

__all__ = [
    "COOKIE",
    "LOGIN_LIFETIME",
    "Cas",
    "OpenId",
    "PendingLogin",
    "Provider",
    "SignInFailed",
    "SignInOption",
    "UnboundSubject",
    "encode",
    "ended_ticket",
    "find_provider",
    "sign_in_options",
    "start_login",
    "validate_callback",
]


def sign_in_options(settings: Settings) -> list[SignInOption]:
    """The sign-in options of the providers that the settings name."""
    addresses = ((OpenId.OPTION, settings.oidc_issuer), (Cas.OPTION, settings.cas_url))
    return [option for option, address in addresses if address]


def find_provider(settings: Settings, key: str) -> Provider:
    """The provider with this key ("oidc", "cas"). Raises `KeyError` if the settings do not name it."""
    if key not in {option.key for option in sign_in_options(settings)}:
        raise KeyError(key)
    return OpenId(settings) if key == OpenId.OPTION.key else Cas(settings)
