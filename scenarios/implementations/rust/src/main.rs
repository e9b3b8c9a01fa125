//! An adapter for jsonwebtoken, set up as its documentation advises: the key
//! comes from the JWK, and Validation has the algorithm of the header, which must
//! be in the allow-list, the issuer, the audiences, the leeway and the required
//! claims. Its JwkSet does not read a set with a key of an unknown kty, so each
//! key is read on its own. It fetches nothing, so protocol.rs does.

mod protocol;

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{decode, decode_header, Algorithm, DecodingKey, Validation};
use protocol::{refuse, serve, Refusal, Session};
use serde_json::{json, Value};

const CHAR_ALGORITHMS: [&str; 6] = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

fn main() {
    let description = json!({
        "protocol": 2, "name": "jsonwebtoken-rust", "version": "8.2.0", "language": "Rust", "reasons": "reasons",
        "setup": "decode with DecodingKey::from_jwk and a Validation of alg, iss, aud, leeway and the required claims",
        "capabilities": [
            "static", "shared", "idp", "clock", "state", "load", "seed", "trap",
            "rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "eddsa",
        ],
    });
    serve(description, verify);
}

fn verify(session: &Session, token: &[u8]) -> Result<Value, Refusal> {
    let token = std::str::from_utf8(token).or_else(|e| refuse("MALFORMED_TOKEN", e))?;
    let header = decode_header(token).map_err(refusal)?;
    let validation = validation(session, header.alg)?;
    let jwk = session.key(header.kid.as_deref())?;
    let jwk: Jwk = serde_json::from_value(jwk).or_else(|e| refuse("KEY_UNUSABLE", e))?;
    let key = DecodingKey::from_jwk(&jwk).or_else(|e| refuse("KEY_UNUSABLE", e))?;
    Ok(decode::<Value>(token, &key, &validation).map_err(refusal)?.claims)
}

fn validation(session: &Session, alg: Algorithm) -> Result<Validation, Refusal> {
    let mut allowed = session.strings("algorithms");
    if allowed.is_empty() {
        let list = if session.strict() { &CHAR_ALGORITHMS[..1] } else { &CHAR_ALGORITHMS[..] };
        allowed = list.iter().map(|alg| alg.to_string()).collect();
    }
    if !allowed.contains(&format!("{alg:?}")) {
        return refuse("ALG_NOT_ALLOWED", format!("alg is {alg:?}"));
    }
    let mut validation = Validation::new(alg);
    let default = if session.strict() { 0.0 } else { 60.0 };
    validation.leeway = session.setup["leeway_seconds"].as_f64().unwrap_or(default) as u64;
    validation.validate_nbf = true;
    validation.set_issuer(&[session.setup["issuer"].as_str().unwrap_or_default()]);
    validation.set_audience(&session.strings("audience"));
    validation.set_required_spec_claims(&["exp", "sub", "iss", "aud"]);
    Ok(validation)
}

fn refusal(e: Error) -> Refusal {
    let reason = match e.kind() {
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_) | ErrorKind::Utf8(_) => "MALFORMED_TOKEN",
        ErrorKind::InvalidSignature => "INVALID_SIGNATURE",
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => "ALG_NOT_ALLOWED",
        ErrorKind::InvalidRsaKey(_) | ErrorKind::InvalidEcdsaKey | ErrorKind::InvalidKeyFormat => "KEY_UNUSABLE",
        ErrorKind::MissingRequiredClaim(_) => "MISSING_CLAIM",
        ErrorKind::ExpiredSignature => "TOKEN_EXPIRED",
        ErrorKind::ImmatureSignature => "TOKEN_NOT_YET_VALID",
        ErrorKind::InvalidIssuer => "INVALID_ISSUER",
        ErrorKind::InvalidAudience => "INVALID_AUDIENCE",
        _ => "OTHER",
    };
    Refusal { reason, message: e.to_string() }
}
