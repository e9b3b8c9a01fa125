"""An adapter for PyJWT: assay writes one JSON request per line to standard
input, and each gets one line on standard output. To test your own verifier,
copy this file and replace Verifier and REASONS."""

import base64
import json
import os
import socket
import sys
import threading
import traceback
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import jwt

ALGORITHMS = ["rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa"]
DESCRIPTION = {"name": "PyJWT", "version": jwt.__version__, "language": "Python", "reasons": "reasons",
               "capabilities": ["static", "idp", "state", "load", "seed", "trap", *ALGORITHMS]}
CHAR_ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
# What PyJWT tells apart; the first class that fits decides. The rest is OTHER.
REASONS = [
    (jwt.ExpiredSignatureError, "TOKEN_EXPIRED"), (jwt.ImmatureSignatureError, "TOKEN_NOT_YET_VALID"),
    (jwt.InvalidIssuedAtError, "INVALID_ISSUED_AT"), (jwt.InvalidIssuerError, "INVALID_ISSUER"),
    (jwt.InvalidAudienceError, "INVALID_AUDIENCE"), (jwt.MissingRequiredClaimError, "MISSING_CLAIM"),
    (jwt.InvalidAlgorithmError, "ALG_NOT_ALLOWED"), (jwt.InvalidSignatureError, "INVALID_SIGNATURE"),
    (jwt.InvalidKeyError, "KEY_UNUSABLE"),
]


class Refusal(Exception):
    def __init__(self, reason, text):
        super().__init__(text)
        self.reason = reason


class Verifier:
    def __init__(self, setup):
        strict = setup["policy"] == "strict"
        self.setup, self.client, self.discovering = setup, None, threading.Lock()
        self.keys = jwt.PyJWKSet.from_json(setup["jwk_set"]) if "jwk_set" in setup else None
        self.options = {
            "algorithms": setup.get("algorithms", ["RS256"] if strict else CHAR_ALGORITHMS),
            "issuer": setup["issuer"], "audience": setup["audience"],
            "leeway": setup.get("leeway_seconds", 0 if strict else 60),
            "options": {"require": ["exp", "sub", "iss", "aud"] + (["iat"] if strict else [])},
        }

    def verify(self, token):
        return jwt.decode(token, self.key(token).key, **self.options)

    def key(self, token):
        if self.keys:
            kid = jwt.get_unverified_header(token).get("kid")
            found = [key for key in self.keys.keys if key.key_id == kid]
            if not found:
                raise Refusal("KEY_NOT_FOUND", f"no key has the kid {kid!r}")
            return found[0]
        # PyJWKClient has no bound on the time of a fetch.
        socket.setdefaulttimeout(self.setup.get("fetch_timeout_seconds", 5))
        with self.discovering:  # PyJWT does no discovery; the first token starts it
            self.client = self.client or jwt.PyJWKClient(self.discover())
        try:
            return self.client.get_signing_key_from_jwt(token)
        except jwt.PyJWKClientError as e:
            fetched = not isinstance(e.__context__, urllib.error.URLError)
            raise Refusal("KEY_NOT_FOUND" if fetched else "JWKS_FETCH_FAILED", str(e)) from e

    def discover(self):
        issuer = self.setup["issuer"]
        try:
            with urllib.request.urlopen(issuer.rstrip("/") + "/.well-known/openid-configuration") as response:
                body = response.read()
        except OSError as e:
            raise Refusal("DISCOVERY_FAILED", str(e)) from e
        try:
            metadata = json.loads(body)
            named, uri = metadata["issuer"], urllib.parse.urlsplit(metadata["jwks_uri"])
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            raise Refusal("DISCOVERY_INVALID", f"the metadata cannot be read: {e!r}") from e
        if named != issuer:
            raise Refusal("DISCOVERY_INVALID", "the metadata are those of another issuer")
        loopback = self.setup.get("allow_loopback_http") and uri.hostname in ("127.0.0.1", "localhost", "::1")
        if uri.scheme != "https" and not (uri.scheme == "http" and loopback):
            raise Refusal("DISCOVERY_INVALID", "jwks_uri is not an https URL")
        return metadata["jwks_uri"]


def answer(request, sessions):
    if request["op"] == "hello":
        return {"description": DESCRIPTION}
    if request["op"] == "open":
        sessions[request["session"]] = Verifier(request["setup"])
        return {"verdict": "accept"}
    if request["op"] == "close":
        sessions.pop(request["session"], None)
        return {}
    given = request["input"]
    token = given["token"] if "token" in given else base64.b64decode(given["token_base64"])  # if it is not UTF-8
    return {"verdict": "accept", "claims": sessions[request["session"]].verify(token)}


def reason_of(e):
    if isinstance(e, Refusal):
        return e.reason
    return next((reason for kind, reason in REASONS if isinstance(e, kind)), "OTHER")


open_sessions, writing = {}, threading.Lock()


def serve(line):
    message = json.loads(line)
    try:
        result = answer(message, open_sessions)
    except Exception as e:  # PyJWT lets TypeError, ValueError and others through; each refuses the token
        result = {"verdict": "refuse" if message["op"] == "open" else "reject",
                  "message": f"{type(e).__name__}: {e}", "reason": reason_of(e)}
    with writing:
        print(json.dumps({"id": message["id"], **result}), flush=True)


def end_if_broken(future):  # by a mistake in this file, not by a token
    if future.exception():
        traceback.print_exception(future.exception())
        os._exit(1)


with ThreadPoolExecutor(32) as threads:  # requests may overlap
    for line in sys.stdin:
        threads.submit(serve, line).add_done_callback(end_if_broken)
