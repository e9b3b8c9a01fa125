"""An adapter for PyJWT, set up as its documentation advises for OIDC: the key
comes from PyJWKClient, and decode gets algorithms, audience, issuer, leeway and
the required claims. PyJWT does no discovery, so protocol.py does it."""

import socket
import threading
import urllib.error

import protocol  # before the library, whose clock it sets
import jwt

DESCRIPTION = {
    "name": "PyJWT", "version": jwt.__version__,
    "setup": "decode with algorithms, audience, issuer, leeway and require; PyJWKClient",
    "capabilities": ["static", "shared", "idp", "clock", "state", "load", "seed", "trap",
                     "rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa"],
}
# What PyJWT tells apart; the first class that fits decides.
REASONS = [
    (jwt.ExpiredSignatureError, "TOKEN_EXPIRED"), (jwt.ImmatureSignatureError, "TOKEN_NOT_YET_VALID"),
    (jwt.InvalidIssuedAtError, "INVALID_ISSUED_AT"), (jwt.InvalidIssuerError, "INVALID_ISSUER"),
    (jwt.InvalidAudienceError, "INVALID_AUDIENCE"), (jwt.MissingRequiredClaimError, "MISSING_CLAIM"),
    (jwt.InvalidAlgorithmError, "ALG_NOT_ALLOWED"), (jwt.InvalidSignatureError, "INVALID_SIGNATURE"),
    (jwt.InvalidKeyError, "KEY_UNUSABLE"),
]


class Verifier:
    def __init__(self, setup):
        self.setup, self.client, self.discovering = setup, None, threading.Lock()
        self.keys = jwt.PyJWKSet.from_json(setup["jwk_set"]) if "jwk_set" in setup else None
        strict = setup["policy"] == "strict"
        self.options = {
            "algorithms": protocol.algorithms(setup), "issuer": setup["issuer"], "audience": setup["audience"],
            "leeway": protocol.leeway(setup),
            "options": {"require": ["exp", "sub", "iss", "aud"] + (["iat"] if strict else [])},
        }

    def __call__(self, token, _):
        return jwt.decode(token, self.key(token).key, **self.options)

    def key(self, token):
        if self.keys:
            kid = jwt.get_unverified_header(token).get("kid")
            found = [key for key in self.keys.keys if key.key_id == kid]
            if not found:
                raise protocol.Refusal("KEY_NOT_FOUND", f"no key has the kid {kid!r}")
            return found[0]
        # PyJWKClient has no bound on the time of a fetch.
        socket.setdefaulttimeout(protocol.fetch_timeout(self.setup))
        with self.discovering:  # the first token starts it
            self.client = self.client or jwt.PyJWKClient(protocol.discover(self.setup))
        try:
            return self.client.get_signing_key_from_jwt(token)
        except jwt.PyJWKClientError as e:
            fetched = not isinstance(e.__context__, urllib.error.URLError)
            raise protocol.Refusal("KEY_NOT_FOUND" if fetched else "JWKS_FETCH_FAILED", str(e)) from e


def reason_of(e):
    return next((reason for kind, reason in REASONS if isinstance(e, kind)), None)


protocol.serve(DESCRIPTION, Verifier, reason_of)
