// An adapter for cpp-jwt, set up as its documentation advises: decode gets the
// algorithm of the header, which must be in the allow-list, the key in PEM, the
// issuer, one audience and the leeway, and has_claim tells whether a claim that
// must be there is. cpp-jwt reads no JWK, so OpenSSL makes PEM of it. The
// protocol is that of the adapter in C.
#define json_t jansson_t // cpp-jwt has a json_t of its own
#include "../c/protocol.h"
#undef json_t

#include <cstdlib>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string>
#include <vector>

#include <jwt/jwt.hpp>

namespace {

using json = nlohmann::json;

template <typename T, void (*release)(T *)> struct free_with {
    void operator()(T *held) const { release(held); }
};
template <typename T, void (*release)(T *)> using held = std::unique_ptr<T, free_with<T, release>>;

std::string text(const json &object, const char *member)
{
    auto found = object.find(member);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// bytes decodes base64url.
std::string bytes(const std::string &base64) { return jwt::base64_uri_decode(base64.data(), base64.length()); }

std::string public_pem(const json &jwk)
{
    held<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
    std::string first = bytes(text(jwk, text(jwk, "kty") == "RSA" ? "n" : "x"));
    std::string second = bytes(text(jwk, text(jwk, "kty") == "RSA" ? "e" : "y")), point = "\x04" + first + second;
    held<BIGNUM, BN_free> n(BN_bin2bn(reinterpret_cast<const unsigned char *>(first.data()), first.size(), nullptr));
    held<BIGNUM, BN_free> e(BN_bin2bn(reinterpret_cast<const unsigned char *>(second.data()), second.size(), nullptr));
    const bool rsa = text(jwk, "kty") == "RSA";
    const std::string curve = text(jwk, "crv");
    if (rsa) {
        OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
        OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    } else {
        OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.c_str(), 0);
        OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    }
    held<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(build.get()));
    held<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, rsa ? "RSA" : "EC", nullptr));
    EVP_PKEY *made = nullptr;
    if (!params || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) <= 0)
        return "";
    held<EVP_PKEY, EVP_PKEY_free> pkey(made);
    held<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(out.get(), pkey.get());
    char *pem;
    long length = BIO_get_mem_data(out.get(), &pem);
    return std::string(pem, length);
}

const char *reason_of(const std::error_code &e)
{
    using jwt::VerificationErrc;
    const std::pair<std::error_code, const char *> reasons[] = {
        {VerificationErrc::InvalidAlgorithm, "ALG_NOT_ALLOWED"},
        {VerificationErrc::TokenExpired, "TOKEN_EXPIRED"},
        {VerificationErrc::InvalidIssuer, "INVALID_ISSUER"},
        {VerificationErrc::InvalidIAT, "INVALID_ISSUED_AT"},
        {VerificationErrc::InvalidAudience, "INVALID_AUDIENCE"},
        {VerificationErrc::ImmatureSignature, "TOKEN_NOT_YET_VALID"},
        {VerificationErrc::InvalidSignature, "INVALID_SIGNATURE"},
        {VerificationErrc::TypeConversionError, "MALFORMED_CLAIM"},
        {jwt::AlgorithmErrc::VerificationErr, "INVALID_SIGNATURE"},
        {jwt::AlgorithmErrc::InvalidKeyErr, "KEY_UNUSABLE"},
        {jwt::DecodeErrc::SignatureFormatError, "MALFORMED_TOKEN"},
        {jwt::DecodeErrc::JsonParseError, "MALFORMED_TOKEN"},
        {jwt::DecodeErrc::AlgHeaderMiss, "MALFORMED_TOKEN"},
        {jwt::DecodeErrc::DuplClaims, "MALFORMED_TOKEN"},
        {jwt::DecodeErrc::TypMismatch, "UNSUPPORTED_TOKEN_TYPE"},
    };
    for (const auto &[code, reason] : reasons)
        if (code == e)
            return reason;
    return "OTHER";
}

jansson_t *decode(session *s, const std::string &token, refusal *why)
{
    using namespace jwt::params;
    std::error_code e;
    jwt::jwt_header header;
    header.decode(token.substr(0, token.find('.')), e);
    if (e)
        return static_cast<jansson_t *>(refuse(why, reason_of(e), "%s", e.message().c_str()));
    json members = header.create_json_obj();
    if (!allows(s, text(members, "alg").c_str()))
        return static_cast<jansson_t *>(refuse(why, "ALG_NOT_ALLOWED", "alg is not allowed"));
    const std::string kid = text(members, "kid");
    if (kid.find('\0') != std::string::npos) // C would cut it there
        return static_cast<jansson_t *>(refuse(why, "KEY_NOT_FOUND", "no key has the kid"));
    std::unique_ptr<char, decltype(&free)> jwk(key(s, members.count("kid") ? kid.c_str() : nullptr, why), free);
    if (!jwk)
        return nullptr;
    std::string pem = public_pem(json::parse(jwk.get()));
    if (pem.empty())
        return static_cast<jansson_t *>(refuse(why, "KEY_UNUSABLE", "no PEM can be made of the key"));
    jansson_t *config = setup(s);
    auto object = jwt::decode(
        token, algorithms(std::vector<std::string>{text(members, "alg")}), e, secret(pem),
        issuer(std::string(json_string_value(json_object_get(config, "issuer")))),
        aud(std::string(json_string_value(json_array_get(json_object_get(config, "audience"), 0)))),
        jwt::params::leeway(static_cast<uint32_t>(::leeway(s))), verify(true));
    if (e)
        return static_cast<jansson_t *>(refuse(why, reason_of(e), "%s", e.message().c_str()));
    const bool strict = json_string_value(json_object_get(config, "policy")) == std::string("strict");
    if (!object.has_claim("exp") || !object.has_claim("sub") || (strict && !object.has_claim("iat")))
        return static_cast<jansson_t *>(refuse(why, "MISSING_CLAIM", "exp, sub or iat is missing"));
    std::string claims = object.payload().create_json_obj().dump();
    jansson_t *read = json_loads(claims.c_str(), JSON_ALLOW_NUL, nullptr);
    return read ? read : json_object(); // what JSON cannot express is not reported
}

jansson_t *verify_token(session *s, const char *token, size_t length, refusal *why)
{
    try {
        return decode(s, std::string(token, length), why);
    } catch (const std::exception &e) { // the JSON library of cpp-jwt throws
        return static_cast<jansson_t *>(refuse(why, "OTHER", "%s", e.what()));
    }
}

} // namespace

int main()
{
    jansson_t *description = json_pack(
        "{si ss ss ss ss ss s[ssssssssssss]}", "protocol", 2, "name", "cpp-jwt", "version", CPP_JWT_VERSION, "language", "C++",
        "setup", "decode with algorithms, secret, issuer, aud, leeway and verify; has_claim for what must be there",
        "reasons", "reasons", "capabilities", "static", "idp", "clock", "state", "load", "seed", "trap",
        "rs384", "rs512", "es256", "es384", "es512");
    return serve(description, verify_token);
}
