// An adapter for cjose, which verifies the signature and leaves the algorithm
// and the claims to the application. It does here what its documentation and
// OpenID Connect ask for: import, look at alg, verify, and compare iss, aud, sub,
// exp and nbf.
#include "protocol.h"

#include <cjose/cjose.h>
#include <stdlib.h>
#include <string.h>

static bool names_us(const session *s, json_t *aud)
{
    json_t *own, *item;
    size_t i, j;
    json_array_foreach(json_object_get(setup(s), "audience"), i, own)
    {
        if (json_equal(own, aud))
            return true;
        json_array_foreach(aud, j, item)
            if (json_equal(own, item))
                return true;
    }
    return false;
}

static json_t *check(const session *s, json_t *claims, refusal *why)
{
    json_t *exp = json_object_get(claims, "exp"), *nbf = json_object_get(claims, "nbf"), *iat = json_object_get(claims, "iat");
    bool strict = !strcmp(json_string_value(json_object_get(setup(s), "policy")), "strict");
    if (!json_equal(json_object_get(claims, "iss"), json_object_get(setup(s), "issuer")))
        refuse(why, "INVALID_ISSUER", "iss is not the issuer");
    else if (!names_us(s, json_object_get(claims, "aud")))
        refuse(why, "INVALID_AUDIENCE", "aud is not for this client");
    else if (!json_is_string(json_object_get(claims, "sub")))
        refuse(why, "MISSING_CLAIM", "sub is not a string");
    else if (!exp || (!iat && strict))
        refuse(why, "MISSING_CLAIM", "exp or iat is missing");
    else if (!json_is_number(exp) || (nbf && !json_is_number(nbf)) || (iat && !json_is_number(iat)))
        refuse(why, "MALFORMED_CLAIM", "exp, nbf or iat is not a number");
    else if (instant() >= json_number_value(exp) + leeway(s))
        refuse(why, "TOKEN_EXPIRED", "the token has expired");
    else if (nbf && instant() + leeway(s) < json_number_value(nbf))
        refuse(why, "TOKEN_NOT_YET_VALID", "the token is not valid yet");
    else
        return claims;
    json_decref(claims);
    return NULL;
}

static json_t *verify_signature(session *s, cjose_jws_t *jws, refusal *why)
{
    cjose_err e = {0};
    cjose_header_t *header = cjose_jws_get_protected(jws);
    const char *alg = cjose_header_get(header, CJOSE_HDR_ALG, &e);
    if (!alg || !allows(s, alg))
        return refuse(why, "ALG_NOT_ALLOWED", "alg is not allowed");
    char *text = key(s, cjose_header_get(header, CJOSE_HDR_KID, &e), why);
    if (!text)
        return NULL;
    cjose_jwk_t *jwk = cjose_jwk_import(text, strlen(text), &e);
    free(text);
    if (!jwk)
        return refuse(why, "KEY_UNUSABLE", "%s", e.message);
    bool verified = cjose_jws_verify(jws, jwk, &e);
    cjose_jwk_release(jwk);
    uint8_t *payload;
    size_t length;
    if (!verified || !cjose_jws_get_plaintext(jws, &payload, &length, &e))
        return refuse(why, e.code == CJOSE_ERR_CRYPTO ? "INVALID_SIGNATURE" : "OTHER", "%s", e.message);
    json_error_t invalid;
    json_t *claims = json_loadb((char *)payload, length, JSON_REJECT_DUPLICATES, &invalid);
    return claims ? claims : refuse(why, "MALFORMED_TOKEN", "%s", invalid.text);
}

static json_t *verify(session *s, const char *token, size_t length, refusal *why)
{
    cjose_err e = {0};
    cjose_jws_t *jws = cjose_jws_import(token, length, &e);
    if (!jws)
        return refuse(why, "MALFORMED_TOKEN", "%s", e.message);
    json_t *claims = verify_signature(s, jws, why);
    cjose_jws_release(jws);
    return claims ? check(s, claims, why) : NULL;
}

int main(void)
{
    json_t *description = json_pack(
        "{si ss ss ss ss ss s[ssssssssssssssss]}", "protocol", 2, "name", "cjose", "version", CJOSE_VERSION, "language", "C",
        "setup", "cjose_jws_import and cjose_jws_verify; the adapter compares the claims",
        "reasons", "reasons", "capabilities", "static", "shared", "idp", "clock", "state", "load", "seed", "trap",
        "rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512");
    return serve(description, verify);
}
