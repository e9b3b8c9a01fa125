package verifiertest

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/verifier"
)

// goodTokens returns the clauses on what must be accepted.
func goodTokens() []clause {
	accepts := func(name string, given bool, change func(*world) forge.Change) clause {
		return clause{name, in(given, func(ctx context.Context, w *world) error {
			token, err := w.mint(w.key, change(w))
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
			defer cancel()
			claims, err := w.verifier.Verify(ctx, token.String())
			if err := accepted().compare(claims, err); err != nil {
				return err
			}
			for name, want := range map[string]string{"iss": w.issuer, "sub": w.env.User().ID} {
				if claims[name] != want {
					return fmt.Errorf("it reports %s as %#v, want %q", name, claims[name], want)
				}
			}
			return nil
		})}
	}
	return []clause{
		accepts("the good token with a given JWK Set", given, unchangedToken),
		accepts("the good token by discovery", discovered, unchangedToken),
		accepts("a list of audiences with the client in it", given,
			setClaim("aud", func(w *world) any { return []string{w.clientID} })),
		accepts("unknown claims", given,
			setClaim("x-deep", func(*world) any { return json.RawMessage(`{"a":[1,null]}`) })),
		accepts("a token without typ", given, func(*world) forge.Change {
			return forge.Change{Header: forge.Patch{Drop: []string{"typ"}}}
		}),
	}
}

func unchangedToken(*world) forge.Change { return forge.Change{} }

// setClaim returns a change that gives one claim another value.
func setClaim(name string, value func(*world) any) func(*world) forge.Change {
	return func(w *world) forge.Change {
		return forge.Change{Claims: forge.Patch{Set: keyring.Object{{Name: name, Value: value(w)}}}}
	}
}

// setHeader returns a change that gives one header parameter another value.
func setHeader(name string, value func(*world) any) func(*world) forge.Change {
	return func(w *world) forge.Change {
		return forge.Change{Header: forge.Patch{Set: keyring.Object{{Name: name, Value: value(w)}}}}
	}
}

// literally returns a function that returns v for every world.
func literally(v any) func(*world) any { return func(*world) any { return v } }

// without returns a change that removes one claim.
func without(claim string) func(*world) forge.Change {
	return func(*world) forge.Change {
		return forge.Change{Claims: forge.Patch{Drop: []string{claim}}}
	}
}

// faultyTokens returns the clauses on tokens with a fault. Each presents the
// good token first.
func faultyTokens() []clause {
	return slices.Concat(misspeltTokens(), forgedTokens(), misusedTokens())
}

// faulty returns the clause that a token with the change is refused.
func faulty(name string, change func(*world) forge.Change, reasons ...verifier.Reason) clause {
	return rewritten(name, change, forge.Token.String, reasons...)
}

// rewritten returns the clause that a token with the change is refused when
// write puts its parts together.
func rewritten(
	name string, change func(*world) forge.Change, write func(forge.Token) string,
	reasons ...verifier.Reason,
) clause {
	return clause{name, in(given, func(ctx context.Context, w *world) error {
		if err := w.presentGood(ctx); err != nil {
			return err
		}
		token, err := w.mint(w.key, change(w))
		if err != nil {
			return err
		}
		return present(ctx, w.verifier, write(token), refused(reasons...))
	})}
}

// misspeltTokens returns the clauses on tokens that are not a compact JWS with
// the header and payload of an ID Token.
func misspeltTokens() []clause {
	const malformed = verifier.ReasonMalformedToken
	written := func(name string, write func(forge.Token) string) clause {
		return rewritten(name, unchangedToken, write, malformed)
	}
	return []clause{
		written("the empty string", func(forge.Token) string { return "" }),
		written("a token without a signature", func(t forge.Token) string {
			return t.Header + "." + t.Payload
		}),
		written("a token with a fourth segment", func(t forge.Token) string {
			return t.String() + ".x"
		}),
		written("the JSON serialization", func(t forge.Token) string {
			return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`,
				t.Header, t.Payload, t.Signature)
		}),
		rewritten("an encrypted token", setHeader("enc", literally("A256GCM")),
			func(t forge.Token) string { return t.Header + "..AAAA." + t.Payload + ".AAAA" }),
		faulty("a padded signature", func(*world) forge.Change {
			return forge.Change{Encoding: forge.Encodings{Signature: forge.EncodingPadded}}
		}, malformed),
		faulty("a claim that appears twice", func(*world) forge.Change {
			return forge.Change{
				Claims: forge.Patch{Append: keyring.Object{{Name: "aud", Value: "other"}}},
			}
		}, malformed, verifier.ReasonInvalidAudience),
		faulty("a critical extension", func(*world) forge.Change {
			return forge.Change{
				Header: forge.Patch{
					Set: keyring.Object{
						{Name: "crit", Value: []string{"x"}}, {Name: "x", Value: 1},
					},
				},
			}
		}, verifier.ReasonUnsupportedCritical),
	}
}

// forgedTokens returns the clauses on tokens that the issuer has not signed.
func forgedTokens() []clause {
	const (
		notAllowed   = verifier.ReasonAlgNotAllowed
		badSignature = verifier.ReasonInvalidSignature
		noKey        = verifier.ReasonKeyNotFound
	)
	unsigned := func(alg string) func(*world) forge.Change {
		return func(w *world) forge.Change {
			change := setHeader("alg", literally(alg))(w)
			change.Signing.Alg = "none"
			return change
		}
	}
	signedBy := func(attack func(w *world, change *forge.Change)) func(*world) forge.Change {
		return func(w *world) forge.Change {
			change := forge.Change{Signing: forge.Signing{Key: w.other}}
			attack(w, &change)
			return change
		}
	}
	return []clause{
		faulty("alg none", unsigned("none"), notAllowed),
		faulty("alg none in another case", unsigned("nOnE"), notAllowed),
		faulty("a header without alg", func(*world) forge.Change {
			return forge.Change{Header: forge.Patch{Drop: []string{"alg"}}}
		},
			verifier.ReasonMalformedToken),
		faulty("an HMAC keyed with the public key", hmacWithPublicKey, notAllowed),
		faulty("a bit flipped in the signature", func(*world) forge.Change {
			return forge.Change{Signature: []forge.SignatureEdit{"flip"}}
		}, badSignature),
		faulty("a sub that was replaced after signing", func(*world) forge.Change {
			return forge.Change{
				TamperClaims: forge.Patch{
					Set: keyring.Object{{Name: "sub", Value: "usr_10000000000000001"}},
				},
			}
		}, badSignature),
		faulty("another key under the kid of the real one",
			signedBy(func(*world, *forge.Change) {}), badSignature),
		faulty("a kid that is not published", signedBy(func(w *world, c *forge.Change) {
			c.Header.Set = keyring.Object{{Name: "kid", Value: w.other.ID()}}
		}), noKey),
		faulty("a key that comes with the token", signedBy(func(w *world, c *forge.Change) {
			c.Header.Set = keyring.Object{{Name: "jwk", Value: w.other.JWK()}}
		}), badSignature, noKey),
		faulty("a kid that is the path of a file", signedBy(func(_ *world, c *forge.Change) {
			c.Header.Set = keyring.Object{{Name: "kid", Value: "../../../../dev/null"}}
		}), noKey),
		faulty("a bad signature before any fault in the claims", func(w *world) forge.Change {
			change := setClaim("aud", literally("other"))(w)
			change.Signature = []forge.SignatureEdit{"flip"}
			return change
		}, badSignature),
	}
}

// hmacWithPublicKey is the attack on verifiers that let alg decide.
// CVE-2015-9235.
func hmacWithPublicKey(w *world) forge.Change {
	der, err := x509.MarshalPKIXPublicKey(w.key.Public())
	if err != nil {
		panic("verifiertest: internal error: an RSA key does not marshal")
	}
	change := setHeader("alg", literally("HS256"))(w)
	change.Signing = forge.Signing{
		Alg: "HS256", Secret: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
	}
	return change
}

// misusedTokens returns the clauses on tokens that the issuer has signed, but
// not for this verifier, this time or this use.
func misusedTokens() []clause {
	const (
		issuer   = verifier.ReasonInvalidIssuer
		audience = verifier.ReasonInvalidAudience
		missing  = verifier.ReasonMissingClaim
		kind     = verifier.ReasonUnsupportedTokenType
	)
	hours := func(n int64) func(*world) any {
		return func(w *world) any { return w.now().Unix() + n*3600 }
	}
	return []clause{
		faulty("a token without iss", without("iss"), missing),
		faulty("iss with one more character",
			setClaim("iss", func(w *world) any { return w.issuer + "1" }), issuer),
		faulty("iss with a trailing slash",
			setClaim("iss", func(w *world) any { return w.issuer + "/" }), issuer),
		faulty("a token without aud", without("aud"), missing, audience),
		faulty("an empty list of audiences", setClaim("aud", literally([]string{})), audience),
		faulty("the audience of another client",
			setClaim("aud", literally("skc_10000000000000001")), audience),
		faulty("aud with one more character",
			setClaim("aud", func(w *world) any { return w.clientID + "1" }), audience),
		faulty("AUD instead of aud", func(w *world) forge.Change {
			return forge.Change{
				Claims: forge.Patch{
					Set: keyring.Object{
						{Name: "aud", Value: "other"}, {Name: "AUD", Value: w.clientID},
					},
				},
			}
		}, audience),
		faulty("a token without sub", without("sub"), missing),
		faulty("a token without exp", without("exp"), missing),
		faulty("exp as a string", setClaim("exp", literally("1999999999")),
			verifier.ReasonMalformedClaim),
		faulty("a token that has expired", setClaim("exp", hours(-1)), verifier.ReasonTokenExpired),
		faulty("a token that is not valid yet", setClaim("nbf", hours(1)),
			verifier.ReasonTokenNotYetValid),
		faulty("an access token", setHeader("typ", literally("at+jwt")), kind),
		faulty("a logout token",
			setClaim("events",
				literally(map[string]any{
					"http://schemas.openid.net/event/backchannel-logout": map[string]any{},
				})),
			kind),
	}
}
