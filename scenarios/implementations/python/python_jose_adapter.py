"""An adapter for python-jose, set up as its documentation advises: decode gets
the key, algorithms, audience, issuer, leeway and the required claims. It fetches
no keys, so protocol.py does."""

import protocol  # before the library, whose clock it sets
import jose
from jose import exceptions, jwt

DESCRIPTION = {
    "name": "python-jose", "version": jose.__version__,
    "setup": "decode with algorithms, audience, issuer and the options leeway and require",
    "capabilities": ["static", "shared", "idp", "clock", "state", "load", "seed", "trap", "at_hash",
                     "rs384", "rs512", "es256", "es384", "es512"],
}


class Verifier:
    def __init__(self, setup):
        self.setup = setup
        self.keys = protocol.KeySource(setup)
        required = ["exp", "sub", "iss", "aud"] + (["iat"] if setup["policy"] == "strict" else [])
        self.options = {"leeway": protocol.leeway(setup), **{f"require_{claim}": True for claim in required}}

    def __call__(self, token, given):
        key = self.keys.find(jwt.get_unverified_header(token).get("kid"))
        access_token = given.get("access_token")
        audience = self.setup["audience"]  # decode takes one
        return jwt.decode(
            token, key, algorithms=protocol.algorithms(self.setup), issuer=self.setup["issuer"],
            audience=audience[0], access_token=access_token,
            options={**self.options, "verify_at_hash": access_token is not None},
        )


def reason_of(e):
    if isinstance(e, exceptions.ExpiredSignatureError):
        return "TOKEN_EXPIRED"
    # The other errors differ only in their texts.
    return None


protocol.serve(DESCRIPTION, Verifier, reason_of)
