"""An adapter for PyJWT: assay writes one JSON request per line to standard
input, and each gets one line on standard output. To test your own verifier,
copy this file and replace Verifier and REASONS."""

import base64
import json
import sys
import urllib.request

import jwt

ALGORITHMS = ["rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa"]
DESCRIPTION = {"name": "PyJWT", "version": jwt.__version__, "language": "Python",
               "capabilities": ["static", "idp", "state", "seed", *ALGORITHMS]}
# What PyJWT tells apart; the first class that fits decides. The rest is OTHER.
REASONS = [
    (jwt.ExpiredSignatureError, "TOKEN_EXPIRED"), (jwt.ImmatureSignatureError, "TOKEN_NOT_YET_VALID"),
    (jwt.InvalidIssuedAtError, "INVALID_ISSUED_AT"), (jwt.InvalidIssuerError, "INVALID_ISSUER"),
    (jwt.InvalidAudienceError, "INVALID_AUDIENCE"), (jwt.MissingRequiredClaimError, "MISSING_CLAIM"),
    (jwt.InvalidAlgorithmError, "ALG_NOT_ALLOWED"), (jwt.InvalidSignatureError, "INVALID_SIGNATURE"),
]


class Verifier:
    def __init__(self, setup):
        strict = setup["policy"] == "strict"
        self.issuer, self.client = setup["issuer"], None
        self.keys = jwt.PyJWKSet.from_json(setup["jwk_set"]) if "jwk_set" in setup else None
        self.options = {
            "algorithms": setup.get("algorithms", ["RS256"]), "issuer": setup["issuer"], "audience": setup["audience"],
            "leeway": setup.get("leeway_seconds", 0 if strict else 60),
            "options": {"require": ["exp", "sub", "iss", "aud"] + (["iat"] if strict else [])},
        }

    def verify(self, token):
        if self.keys:
            key = self.keys[jwt.get_unverified_header(token).get("kid")]
        else:  # PyJWT does no discovery; the first token starts it
            self.client = self.client or jwt.PyJWKClient(self.discover()["jwks_uri"])
            key = self.client.get_signing_key_from_jwt(token)
        return jwt.decode(token, key.key, **self.options)

    def discover(self):
        with urllib.request.urlopen(self.issuer.rstrip("/") + "/.well-known/openid-configuration", timeout=5) as response:
            metadata = json.load(response)
        if metadata["issuer"] != self.issuer:
            raise ValueError("the metadata are those of another issuer")
        return metadata


def answer(request, sessions):
    if request["op"] == "hello":
        return {"description": DESCRIPTION}
    if request["op"] == "open":
        sessions[request["session"]] = Verifier(request["setup"])
        return {"verdict": "accept"}
    if request["op"] == "close":
        sessions.pop(request["session"], None)
        return {}
    given = request["input"]  # with token_base64 if the token is not UTF-8
    token = given.get("token") or base64.b64decode(given.get("token_base64", ""))
    return {"verdict": "accept", "claims": sessions[request["session"]].verify(token)}


open_sessions = {}
for line in sys.stdin:
    message = json.loads(line)
    try:
        result = answer(message, open_sessions)
    except Exception as e:  # PyJWT lets KeyError, TypeError and others through; each refuses the token
        result = {"verdict": "refuse" if message["op"] == "open" else "reject", "message": f"{type(e).__name__}: {e}",
                  "reason": next((reason for kind, reason in REASONS if isinstance(e, kind)), "OTHER")}
    print(json.dumps({"id": message["id"], **result}), flush=True)
