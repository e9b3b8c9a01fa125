"""A Flask service whose routes Authlib's ResourceProtector guards, set up as its
documentation advises for JWTs of an OpenID Provider: a validator that names the
claims, with the JWK Set fetched once. GET / answers the subject."""

import json
import os
import urllib.request
from functools import cached_property

from authlib.integrations.flask_oauth2 import ResourceProtector, current_token
from authlib.jose import JsonWebKey
from authlib.oauth2.rfc7523 import JWTBearerTokenValidator
from flask import Flask, jsonify


class Validator(JWTBearerTokenValidator):
    def __init__(self, issuer, audience, jwks_uri):
        super().__init__(None, issuer)
        del self.public_key  # fetched below, with the first token
        self.jwks_uri = jwks_uri
        self.claims_options = {
            "exp": {"essential": True},
            "aud": {"essential": True, "value": audience},
            "iss": {"essential": True, "value": issuer},
        }

    @cached_property
    def public_key(self):
        with urllib.request.urlopen(self.jwks_uri, timeout=5) as answer:
            keys = json.load(answer)["keys"]
        # Without this, one key of a type that Authlib does not know loses all.
        return JsonWebKey.import_key_set({"keys": [key for key in keys if key["kty"] in JsonWebKey.JWK_KEY_CLS]})


app = Flask(__name__)
require = ResourceProtector()
require.register_token_validator(Validator(os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["JWKS_URI"]))


@app.get("/")
@require()
def subject():
    return jsonify(sub=current_token.get("sub"))


app.run(port=int(os.environ["PORT"]))
