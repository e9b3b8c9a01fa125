"""What the adapters in Python share: the protocol of assay, its clock, and
discovery. To test your own verifier, copy this file and one of the adapters
next to it, and replace what the adapter gives to serve.

Import this module before the library: it sets the clock that the library sees.
"""

import base64
import datetime
import http.client
import json
import os
import sys
import threading
import time
import traceback
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

CHAR_ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]


class Refusal(Exception):
    """Refuses a token or a configuration for a reason of assay."""

    def __init__(self, reason, text):
        super().__init__(text)
        self.reason = reason


class Clock:
    """The time of one session. It stands still between two settings; monotonic
    never goes back."""

    def __init__(self):
        self.now = self.highest = None

    def set(self, now):
        self.now, self.highest = now, max(now, self.highest or now)


current = threading.local()  # has the clock of the session that this thread serves
real_time, real_monotonic = time.time, time.monotonic


def _clock():
    return getattr(current, "clock", None)


def _time():
    return _clock().now if _clock() else real_time()


class _Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.utcfromtimestamp(_time())


time.time = _time
time.monotonic = lambda: _clock().highest if _clock() else real_monotonic()
datetime.datetime = _Datetime


def algorithms(setup):
    """Returns the allow-list for alg."""
    return setup.get("algorithms") or (["RS256"] if setup["policy"] == "strict" else CHAR_ALGORITHMS)


def leeway(setup):
    """Returns the clock skew to allow, in seconds."""
    return setup.get("leeway_seconds", 0 if setup["policy"] == "strict" else 60)


def fetch_timeout(setup):
    """Returns how long a fetch may wait for the server, in seconds."""
    return setup.get("fetch_timeout_seconds", 5)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # which makes the status an error


_opener = urllib.request.build_opener(_NoRedirects)


def fetch(url, setup, failed, invalid):
    """Returns the JSON object at url. A failure is a Refusal with the reason
    failed; a body that is no JSON object, with the reason invalid."""
    try:
        with _opener.open(url, timeout=fetch_timeout(setup)) as response:
            body = response.read()
    except (OSError, http.client.HTTPException) as e:
        raise Refusal(failed, f"{url}: {e}") from e
    try:
        document = json.loads(body.decode("utf-8"))  # json would guess the encoding of bytes
    except ValueError as e:
        raise Refusal(invalid, f"{url}: {e}") from e
    if not isinstance(document, dict):
        raise Refusal(invalid, f"{url}: the body is not a JSON object")
    return document


def discover(setup):
    """Returns the jwks_uri of the issuer, for libraries that do no discovery.
    OpenID Connect Discovery 1.0, 4."""
    issuer = setup["issuer"]
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    metadata = fetch(url, setup, "DISCOVERY_FAILED", "DISCOVERY_INVALID")
    if metadata.get("issuer") != issuer:
        raise Refusal("DISCOVERY_INVALID", "the metadata are those of another issuer")
    try:
        uri = urllib.parse.urlsplit(metadata.get("jwks_uri"))
    except (ValueError, TypeError, AttributeError) as e:
        raise Refusal("DISCOVERY_INVALID", f"jwks_uri is not a URL: {e}") from e
    loopback = setup.get("allow_loopback_http") and uri.hostname in ("127.0.0.1", "localhost", "::1")
    if uri.scheme != "https" and not (uri.scheme == "http" and loopback):
        raise Refusal("DISCOVERY_INVALID", "jwks_uri is not an https URL")
    return metadata["jwks_uri"]


class KeySource:
    """The keys of the issuer, for libraries that fetch nothing. The JWK Set is
    fetched when a token needs it, after ten minutes, and at most every fifteen
    seconds for a kid that it lacks."""

    def __init__(self, setup):
        self.setup, self.fetching = setup, threading.Lock()
        self.keys, self.uri, self.fetched, self.missed = None, None, 0, 0
        self.fixed = "jwk_set" in setup
        if self.fixed:
            self.keys = _keys_of(json.loads(setup["jwk_set"]))

    def find(self, kid):
        """Returns the first JWK with the kid. A token without kid gets the only
        key of the set. OIDC Core 10.1."""
        if self._stale(kid):
            with self.fetching:
                if self._stale(kid):  # no other thread has fetched it meanwhile
                    self._refresh()
        found = self.keys if kid is None else [key for key in self.keys if key.get("kid") == kid]
        if not found or (kid is None and len(found) > 1):
            raise Refusal("KEY_NOT_FOUND", f"no key has the kid {kid!r}")
        return found[0]

    def _stale(self, kid):
        if self.fixed:
            return False
        if self.keys is None or time.time() - self.fetched > 600:
            return True
        known = kid is None or any(key.get("kid") == kid for key in self.keys)
        return not known and time.time() - self.missed > 15

    def _refresh(self):
        again = self.keys is not None
        try:
            self.uri = self.uri or discover(self.setup)
            self.keys = _keys_of(fetch(self.uri, self.setup, "JWKS_FETCH_FAILED", "JWKS_INVALID"))
            self.fetched = time.time()
        except Refusal:
            if not again or time.time() - self.fetched > 3600:
                raise  # younger keys serve until a fetch succeeds
        if again:
            self.missed = time.time()


def _keys_of(jwk_set):
    keys = jwk_set.get("keys")
    if not isinstance(keys, list):
        raise Refusal("JWKS_INVALID", "keys is not an array")
    return [key for key in keys if isinstance(key, dict)]


def serve(description, make_verifier, reason_of):
    """Answers the requests on standard input until it ends. make_verifier takes a
    setup and returns a function from a token and the input to its claims;
    reason_of maps what that function raises to a reason, or to None."""
    description = {"protocol": 2, "language": "Python", "reasons": "reasons", **description}
    sessions, clocks, writing = {}, {}, threading.Lock()

    def answer(request):
        session = request.get("session")
        current.clock = clocks.get(session)
        if request["op"] == "hello":
            return {"description": description}
        if request["op"] == "clock":
            clocks.setdefault(session, Clock()).set(request["now"])
            return {}
        if request["op"] == "open":
            sessions[session] = make_verifier(request["setup"])
            return {"verdict": "accept"}
        if request["op"] == "close":
            sessions.pop(session, None)
            clocks.pop(session, None)
            return {}
        if request["op"] != "verify":
            return {"error": f"the operation {request['op']} is unknown"}
        given = request["input"]
        # A token that is not UTF-8 comes in base64.
        token = given["token"] if "token" in given else base64.b64decode(given["token_base64"])
        return {"verdict": "accept", "claims": sessions[session](token, given)}

    def reply(line):
        request = json.loads(line)
        try:
            result = answer(request)
        except Exception as e:  # libraries let TypeError and others through; each refuses the token
            reason = e.reason if isinstance(e, Refusal) else reason_of(e) or "OTHER"
            result = {"verdict": "refuse" if request["op"] == "open" else "reject",
                      "message": f"{type(e).__name__}: {e}", "reason": reason}
        try:
            text = json.dumps({"id": request["id"], **result}, allow_nan=False)
        except ValueError as e:  # a number that JSON cannot express is none of the claims to report
            text = json.dumps({"id": request["id"], "verdict": result["verdict"], "message": str(e)})
        with writing:
            print(text, flush=True)

    def end_if_broken(future):  # by a mistake in an adapter, not by a token
        if future.exception():
            traceback.print_exception(future.exception())
            os._exit(1)

    with ThreadPoolExecutor(32) as threads:  # requests may overlap
        for line in sys.stdin:
            threads.submit(reply, line).add_done_callback(end_if_broken)
