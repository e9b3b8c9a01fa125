package mockidp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// TestSample compares samples with the tokens of a login that has happened.
func TestSample(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.Now = newClock(time.Unix(1_900_000_000, 0)).now
	e := only(t, cfg)
	c := browser(t)
	tests := []struct {
		name    string
		request url.Values
	}{
		{"defaults", nil},
		{"another user", url.Values{"login_hint": {"usr_eve"}}},
		{"everything", url.Values{"login_hint": {"usr_ada"}, "organization_id": {"org_2"}, "nonce": {"n"}, "max_age": {"1"}, "scope": {"openid email"}}},
		{"public client", url.Values{"client_id": {"skc_public"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := e.Client()
			if tt.request.Get("client_id") != "" {
				client = e.Clients()[1]
			}
			rp := relyingParty(e, client)
			if scope := tt.request.Get("scope"); scope != "" {
				rp.Scopes = strings.Fields(scope)
			}
			var options []oauth2.AuthCodeOption
			for name, values := range tt.request {
				if name != "client_id" && name != "scope" {
					options = append(options, with(name, values[0]))
				}
			}
			real := login(t, c, rp, options...)
			for kind, raw := range map[mockidp.TokenKind]string{mockidp.IDToken: real.idToken(), mockidp.AccessToken: real.AccessToken} {
				sample, err := e.Sample(kind, tt.request)
				if err != nil {
					t.Fatalf("Sample(%s) = %v", kind, err)
				}
				wantHeader, want := verify(t, c, e, raw)
				header, got := verify(t, c, e, sample.Compact)
				for _, name := range []string{"sid", "jti", "at_hash", "c_hash"} {
					if (want[name] == nil) != (got[name] == nil) || want[name] != nil && want[name] == got[name] {
						t.Errorf("%s: %s is %v in the sample and %v in the token of the login",
							kind, name, got[name], want[name])
					}
					delete(want, name)
					delete(got, name)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-login +sample):\n%s", kind, diff)
				}
				if diff := cmp.Diff(wantHeader, header); diff != "" {
					t.Errorf("header of the %s (-login +sample):\n%s", kind, diff)
				}
				if kind == mockidp.AccessToken && active(t, c, e, sample.Compact) {
					t.Errorf("the environment knows the sample")
				}
			}
		})
	}
}

func TestSampleRefuses(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	e.SetMint(func(context.Context, mockidp.Minting) (string, error) {
		t.Error("the MintFunc was asked")
		return "", nil
	})
	tests := []struct {
		name    string
		kind    mockidp.TokenKind
		request url.Values
		want    string
	}{
		{"unknown kind", "refresh_token", nil, `token kind is "refresh_token"`},
		{"unknown client", mockidp.IDToken, url.Values{"client_id": {"skc_9"}}, `client_id is "skc_9"`},
		{"unknown user", mockidp.IDToken, url.Values{"login_hint": {"nobody"}}, "nobody"},
		{"unknown organization", mockidp.AccessToken, url.Values{"organization_id": {"org_9"}}, "invalid_organization_id"},
	}
	for _, tt := range tests {
		if _, err := e.Sample(tt.kind, tt.request); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Sample() = %v, want an error with %s", tt.name, err, tt.want)
		}
	}
	if sample, err := e.Sample(mockidp.IDToken, nil); err != nil || sample.Key != e.Ring().Signing() || len(e.Requests()) != 0 {
		t.Errorf("Sample() = key %v, %v, with %d requests", sample.Key, err, len(e.Requests()))
	}
}

// TestForge changes samples in ways that an environment's own keys do or do not
// verify.
func TestForge(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	kid := e.Ring().Signing().ID()
	if err := e.Ring().Rotate(keyring.SignAtOnce, keyring.NewSource(2).Key("next", "ES256")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, key string
		verifies  bool
	}{
		{"the signing key", "", true},
		{"an old key under the new kid", kid, false},
		{"a key that is published nowhere", "other", false},
	}
	for _, tt := range tests {
		change := forge.Change{
			Claims:  forge.Patch{Set: keyring.Object{{Name: "aud", Value: "x"}}, Drop: []string{"nbf", "sid"}},
			Signing: forge.Signing{KeyName: tt.key},
		}
		token, err := e.Forge(mockidp.IDToken, nil, change)
		if err != nil {
			t.Fatalf("%s: Forge() = %v", tt.name, err)
		}
		if text := string(token.PayloadText); !strings.Contains(text, `"aud":"x"`) || strings.Contains(text, `"sid"`) {
			t.Errorf("%s: the claims are %s", tt.name, text)
		}
		signing := e.Ring().Signing()
		input := token.Header + "." + token.Payload
		if got := verifies(signing, input, token.SignatureBytes); got != tt.verifies {
			t.Errorf("%s: the signing key verifies it: %v, want %v", tt.name, got, tt.verifies)
		}
	}
	if _, err := e.Forge(mockidp.IDToken, nil, forge.Change{Signing: forge.Signing{Alg: "RS1"}}); err == nil {
		t.Error("Forge() signs by RS1 with an ECDSA key")
	}
}

// verifies reports whether a key for ES256 verifies a signature.
func verifies(k *keyring.Key, input string, signature []byte) bool {
	sum := sha256.Sum256([]byte(input))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(k.Public().(*ecdsa.PublicKey), sum[:], r, s)
}
