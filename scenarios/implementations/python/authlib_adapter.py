"""An adapter for Authlib, set up as its documentation advises for ID Tokens:
decode gets a function that finds the key, and CodeIDToken, whose options and
params say what the claims must be; validate checks them. Authlib fetches no keys
outside its web frameworks, so protocol.py does."""

import re

import protocol  # before the library, whose clock it sets
import authlib
from authlib.jose import JsonWebToken, errors
from authlib.oidc.core import CodeIDToken

DESCRIPTION = {
    "name": "Authlib", "version": authlib.__version__,
    "setup": "JsonWebToken with algorithms; decode with CodeIDToken, its options and params; validate with leeway",
    "capabilities": ["static", "shared", "idp", "clock", "state", "load", "seed", "trap",
                     "nonce", "max_age", "acr", "expect", "at_hash",
                     "rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa"],
}


class Verifier:
    def __init__(self, setup):
        self.setup, self.keys = setup, protocol.KeySource(setup)
        self.decoder = JsonWebToken(protocol.algorithms(setup))

    def __call__(self, token, given):
        options = {"iss": {"essential": True, "value": self.setup["issuer"]},
                   "aud": {"essential": True, "values": self.setup["audience"]},
                   "sub": {"essential": True, "value": given.get("subject")}}
        if "acr" in given:
            options["acr"] = {"essential": True, "values": given["acr"]}
        params = {"client_id": self.setup["audience"][0], "nonce": given.get("nonce"),
                  "max_age": given.get("max_age_seconds"), "access_token": given.get("access_token")}
        claims = self.decoder.decode(token, self.key, claims_cls=CodeIDToken,
                                     claims_options=options, claims_params=params)
        claims.validate(leeway=protocol.leeway(self.setup))
        return claims

    def key(self, header, _):
        return self.keys.find(header.get("kid"))


CLAIM_REASONS = {
    "iss": "INVALID_ISSUER", "aud": "INVALID_AUDIENCE", "sub": "INVALID_SUBJECT", "azp": "INVALID_AUTHORIZED_PARTY",
    "nonce": "INVALID_NONCE", "acr": "INVALID_ACR", "at_hash": "INVALID_TOKEN_HASH",
}
# What Authlib tells apart by type.
REASONS = {
    errors.DecodeError: "MALFORMED_TOKEN", errors.MissingAlgorithmError: "ALG_NOT_ALLOWED",
    errors.UnsupportedAlgorithmError: "ALG_NOT_ALLOWED", errors.BadSignatureError: "INVALID_SIGNATURE",
    errors.InvalidCritHeaderParameterNameError: "UNSUPPORTED_CRITICAL", errors.InvalidUseError: "KEY_UNUSABLE",
    errors.MissingClaimError: "MISSING_CLAIM", errors.ExpiredTokenError: "TOKEN_EXPIRED",
    errors.InvalidTokenError: "TOKEN_NOT_YET_VALID",
}


def reason_of(e):
    if isinstance(e, errors.InvalidClaimError):  # its text has the name of the claim
        return CLAIM_REASONS.get(re.search('"(.*)"', e.description)[1], "MALFORMED_CLAIM")
    return REASONS.get(type(e))


protocol.serve(DESCRIPTION, Verifier, reason_of)
