package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

const (
	clientID = "skc_58327482062864390"
	rsaKeyID = "snk_84014140912135631"
	ecKeyID  = "snk_84014140912135632"
)

// environment is a provider on loopback with a key of each type, and tokens of
// it.
type environment struct {
	server *httptest.Server
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
}

// newEnvironment starts the provider. Close its server when done.
func newEnvironment() (*environment, error) {
	e := &environment{}
	var err error
	if e.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if e.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{
			"issuer": e.issuer(), "jwks_uri": e.issuer() + "/keys",
			"authorization_endpoint": e.issuer() + "/oauth/authorize", "token_endpoint": e.issuer() + "/oauth/token",
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(e.jwkSet(0))
	})
	e.server = httptest.NewServer(mux)
	return e, nil
}

func (e *environment) issuer() string { return e.server.URL }

// jwkSet returns the JSON text of the keys, after a number of other keys.
func (e *environment) jwkSet(others int) []byte {
	point, err := e.ec.PublicKey.Bytes()
	if err != nil {
		panic("go-peers: internal error: " + err.Error())
	}
	jwk := func(kid string) map[string]string {
		return map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": encode(e.rsa.N.Bytes()),
			"e": "AQAB",
		}
	}
	var keys []any
	for i := range others {
		keys = append(keys, jwk(fmt.Sprint("snk_other_", i)))
	}
	keys = append(keys, jwk(rsaKeyID), map[string]string{
		"kty": "EC", "use": "sig", "alg": "ES256", "kid": ecKeyID, "crv": "P-256",
		"x": encode(point[1:33]), "y": encode(point[33:]),
	})
	return marshal(map[string]any{"keys": keys})
}

// claims returns the claims of a realistic ID Token of Scalekit, good for a day.
func (e *environment) claims(changes map[string]any) map[string]any {
	now := time.Now()
	c := map[string]any{
		"iss": e.issuer(), "sub": "usr_63261014140912135", "aud": []string{clientID}, "azp": clientID, "client_id": clientID,
		"oid": "org_59615193906282635", "sid": "ses_65274187031249433", "amr": []string{"conn_123"},
		"at_hash": "ec_jU2ZKpFelCKLTRWiRsg", "c_hash": "6wMreK9kWQQY6O5R0CiiYg",
		"email": "john.doe@example.com", "email_verified": true, "name": "John Doe", "given_name": "John", "family_name": "Doe",
		"picture": "https://cdn.example.com/p/123456.png", "locale": "en",
		"iat": now.Unix(), "exp": now.Add(24 * time.Hour).Unix(),
	}
	maps.Copy(c, changes)
	return c
}

// sized returns changes to the claims that make a token of about n bytes.
func sized(n int) map[string]any {
	var groups []string
	for have := 1086; have < n; have += 32 { // 24 characters in base64url
		groups = append(groups, fmt.Sprintf("group-of-users-%06d", len(groups)))
	}
	return map[string]any{"groups": groups}
}

// sign makes a token of an algorithm. The signature of a forged one is over
// another message: that of another key may be larger than the modulus, which is
// refused at once.
func (e *environment) sign(alg string, claims map[string]any, forged bool) string {
	kid := map[string]string{"RS256": rsaKeyID, "ES256": ecKeyID}[alg]
	input := encode(marshal(map[string]string{"alg": alg, "kid": kid, "typ": "JWT"})) + "." +
		encode(marshal(claims))
	digest := sha256.Sum256([]byte(input))
	if forged {
		digest[0] ^= 1
	}
	var sig []byte
	var err error
	switch alg {
	case "RS256":
		sig, err = rsa.SignPKCS1v15(nil, e.rsa, crypto.SHA256, digest[:])
	case "ES256":
		r, s, signErr := ecdsa.Sign(rand.Reader, e.ec, digest[:])
		sig, err = make([]byte, 64), signErr
		if err == nil {
			r.FillBytes(sig[:32])
			s.FillBytes(sig[32:])
		}
	}
	if err != nil {
		panic("go-peers: internal error: " + err.Error())
	}
	return input + "." + encode(sig)
}

// token makes the good token of an algorithm.
func (e *environment) token(alg string) string { return e.sign(alg, e.claims(nil), false) }

// parts returns what a token is signed over, and its signature.
func parts(raw string) (input string, sig []byte) {
	i := strings.LastIndexByte(raw, '.')
	sig, err := base64.RawURLEncoding.DecodeString(raw[i+1:])
	if err != nil {
		panic("go-peers: internal error: " + err.Error())
	}
	return raw[:i], sig
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("go-peers: internal error: " + err.Error())
	}
	return b
}
