package verifier_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"time"

	"github.com/assay-id/assay/verifier"
)

// demo is a provider for the examples: it publishes one key, and issues ID
// Tokens for demoClient.
type demo struct {
	*httptest.Server
	key *rsa.PrivateKey
}

const demoClient = "skc_58327482062864390"

func startDemo() *demo {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	d := &demo{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, d.URL, d.URL+"/keys")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) { w.Write(d.jwkSet()) })
	d.Server = httptest.NewServer(mux)
	return d
}

// jwkSet is what the provider publishes.
func (d *demo) jwkSet() []byte {
	return fmt.Appendf(nil, `{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"snk_1","e":"AQAB","n":%q}]}`, encode(d.key.N.Bytes()))
}

// token issues an ID Token with further claims.
func (d *demo) token(more map[string]any) string {
	claims := map[string]any{
		"iss": d.URL, "sub": "usr_63261014140912135", "aud": []string{demoClient}, "oid": "org_59615193906282635",
		"iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(),
	}
	for name, v := range more {
		claims[name] = v
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	input := encode([]byte(`{"alg":"RS256","kid":"snk_1","typ":"JWT"}`)) + "." + encode(payload)
	digest := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, d.key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return input + "." + encode(sig)
}

// config is the configuration for the provider, which listens on loopback.
func (d *demo) config() verifier.Config {
	return verifier.Config{
		Issuer: d.URL, Audience: []string{demoClient},
		Allow: verifier.Allowances{LoopbackHTTP: true},
	}
}

// must is for the examples, which have no caller to return an error to.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func Example() {
	provider := startDemo()
	defer provider.Close()

	v, err := verifier.New(verifier.Config{
		Issuer:   provider.URL, // https://acme.scalekit.com
		Audience: []string{demoClient},
		Allow:    verifier.Allowances{LoopbackHTTP: true}, // for this example only
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()

	token, err := v.Verify(context.Background(), provider.token(nil))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.Subject, "of", token.OrganizationID)
	// Output: usr_63261014140912135 of org_59615193906282635
}

func ExampleNew_mistakes() {
	_, err := verifier.New(verifier.Config{Issuer: "acme.scalekit.com"})
	fmt.Println(err)
	// Output:
	// CONFIG_INVALID: Issuer: "acme.scalekit.com" has no scheme (use the full environment URL, "https://acme.scalekit.com")
	// CONFIG_INVALID: Audience: no client ID; without one a token for any client would be accepted
}

func ExampleStrict() {
	provider := startDemo()
	defer provider.Close()
	cfg := verifier.Strict()
	cfg.Issuer, cfg.Audience = provider.URL, []string{demoClient}
	cfg.Allow.LoopbackHTTP = true
	v := must(verifier.New(cfg))
	defer v.Close()

	_, err := v.Verify(context.Background(), provider.token(map[string]any{"aud": []string{demoClient, "somebody else"}}))
	fmt.Println(err)
	// Output: INVALID_AUDIENCE: aud: untrusted audience "somebody else"
}

func ExampleConfig_requirements() {
	provider := startDemo()
	defer provider.Close()
	cfg := provider.config()
	cfg.Require.Organizations = []string{"org_1"}
	v := must(verifier.New(cfg))
	defer v.Close()

	_, err := v.Verify(context.Background(), provider.token(nil))
	fmt.Println(err)
	// Output: POLICY: oid is "org_59615193906282635", want "org_1"
}

func ExampleVerifier_Ready() {
	provider := startDemo()
	defer provider.Close()
	v := must(verifier.New(provider.config()))
	defer v.Close()

	// At the start of a service: not to be ready is no reason to stop.
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := v.Ready(ctx); err != nil {
		fmt.Println("keys are not loaded yet:", err)
	}
	status, _ := v.Status()
	fmt.Println("ready:", status.Ready, "keys:", status.Usable)
	// Output: ready: true keys: 1
}

func ExampleVerifier_VerifyWith() {
	provider := startDemo()
	defer provider.Close()
	v := must(verifier.New(provider.config()))
	defer v.Close()

	sent := "n-0S6_WzA2Mj" // in the authentication request
	raw := provider.token(map[string]any{"nonce": "of another login"})
	_, err := v.VerifyWith(context.Background(), raw, verifier.Inputs{Nonce: &sent})
	fmt.Println(err)
	// Output: INVALID_NONCE: nonce: it is not the one of this login
}

func ExampleClaims() {
	provider := startDemo()
	defer provider.Close()
	v := must(verifier.New(provider.config()))
	defer v.Close()
	token := must(v.Verify(context.Background(), provider.token(map[string]any{"groups": []string{"staff"}, "GROUPS": []string{"admin"}})))

	claims, err := verifier.Claims[struct {
		Groups []string `json:"groups"`
	}](token)
	fmt.Println(claims.Groups, err)
	// Output: [staff] <nil>
}

func ExampleCodeOf() {
	provider := startDemo()
	v := must(verifier.New(provider.config()))
	defer v.Close()
	raw := provider.token(nil)
	provider.Close() // and the keys are no longer published

	_, err := v.Verify(context.Background(), raw)
	switch verifier.CodeOf(err) {
	case "":
		fmt.Println("welcome")
	case verifier.CodeTokenExpired:
		fmt.Println("sign in again")
	case verifier.CodeJWKSFetchFailed:
		e, _ := errors.AsType[*verifier.Error](err)
		fmt.Println(e.Kind(), "try again after a while:", e.RetryAfter > 0)
	default:
		fmt.Println("who are you?")
	}
	// Output: unavailable try again after a while: true
}

func ExampleReasonOf() {
	provider := startDemo()
	defer provider.Close()
	v := must(verifier.New(provider.config()))
	defer v.Close()

	_, err := v.Verify(context.Background(), provider.token(map[string]any{"sub": ""}))
	fmt.Println(verifier.ReasonOf(err), "is a case of", verifier.CodeOf(err))
	// Output: INVALID_SUBJECT is a case of INVALID_TOKEN
}

func ExampleStatic() {
	provider := startDemo()
	defer provider.Close()
	cfg := provider.config()
	cfg.Keys = must(verifier.Static(provider.jwkSet()))
	v := must(verifier.New(cfg))

	_, err := v.Verify(context.Background(), provider.token(nil))
	fmt.Println(err)
	// Output: <nil>
}

func ExamplePinned() {
	provider := startDemo()
	defer provider.Close()
	remote := must(verifier.NewRemote(provider.URL, verifier.RemoteConfig{LoopbackHTTP: true}))
	defer remote.Close()

	// Thumbprints are shown by KeySet.Info and by Status.
	known := must(verifier.ParseKeySet(provider.jwkSet())).Info()[0].Thumbprint
	cfg := provider.config()
	cfg.Keys = must(verifier.Pinned(remote, known))
	v := must(verifier.New(cfg))

	_, err := v.Verify(context.Background(), provider.token(nil))
	fmt.Println(err)
	// Output: <nil>
}

func ExampleParseKeySet() {
	set, err := verifier.ParseKeySet([]byte(`{"keys":[
		{"kty":"AKP","kid":"post-quantum","alg":"ML-DSA-44","pub":"…"},
		{"kty":"oct","kid":"shared","k":"c2VjcmV0"}
	]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range set.Info() {
		fmt.Printf("%s: %s\n", key.KeyID, key.Unusable)
	}
	// Output:
	// post-quantum: algorithm "ML-DSA-44" is not supported
	// shared: private or symmetric key material is published, so the key is compromised
}

func ExampleDiscover() {
	provider := startDemo()
	defer provider.Close()
	m, err := verifier.Discover(context.Background(), provider.URL, verifier.RemoteConfig{LoopbackHTTP: true})
	fmt.Println(m.JWKSURI == provider.URL+"/keys", err)
	// Output: true <nil>
}

func ExampleNewTenants() {
	acme, globex := startDemo(), startDemo()
	defer acme.Close()
	defer globex.Close()
	tenants := must(verifier.NewTenants(verifier.TenantsConfig{
		Configs: []verifier.Config{acme.config(), globex.config()},
	}))
	defer tenants.Close()

	for _, issuer := range []*demo{acme, globex} {
		token := must(tenants.Verify(context.Background(), issuer.token(nil)))
		fmt.Println(token.Issuer == issuer.URL)
	}
	_, err := tenants.Verify(context.Background(), acme.token(map[string]any{"iss": "https://evil.example"}))
	fmt.Println(err)
	// Output:
	// true
	// true
	// INVALID_ISSUER: iss: "https://evil.example" is not the issuer of any tenant (unverified)
}

func ExampleMiddleware() {
	provider := startDemo()
	defer provider.Close()
	v := must(verifier.New(provider.config()))
	defer v.Close()

	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := verifier.FromContext(r.Context())
		fmt.Fprint(w, "hello ", token.Subject)
	})
	service := httptest.NewServer(verifier.Middleware(v, verifier.MiddlewareConfig{})(hello))
	defer service.Close()

	for _, raw := range []string{provider.token(nil), provider.token(map[string]any{"exp": 1})} {
		req := must(http.NewRequest(http.MethodGet, service.URL, nil))
		req.Header.Set("Authorization", "Bearer "+raw)
		res := must(http.DefaultClient.Do(req))
		res.Body.Close()
		fmt.Println(res.Status)
		for _, challenge := range res.Header["Www-Authenticate"] {
			fmt.Println(challenge)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	// Output:
	// 200 OK
	// 401 Unauthorized
	// Bearer error="invalid_token", error_description="TOKEN_EXPIRED"
}

func ExampleHooks() {
	provider := startDemo()
	defer provider.Close()
	cfg := provider.config()
	cfg.Cache.Tokens = 1000
	cfg.Hooks = &verifier.Hooks{
		Verified:    func(e verifier.VerifiedEvent) { fmt.Println("verified", e.Algorithm, e.Reason, "cached:", e.Cached) },
		KeysChanged: func(e verifier.KeysChangedEvent) { fmt.Println("new keys", e.Added) },
	}
	v := must(verifier.New(cfg))
	defer v.Close()

	raw := provider.token(nil)
	for range 2 {
		must(v.Verify(context.Background(), raw))
	}
	// Output:
	// new keys [snk_1]
	// verified RS256  cached: false
	// verified RS256  cached: true
}

// One source serves several verifiers of the same issuer, such as one for each
// client ID.
func ExampleNewRemote() {
	provider := startDemo()
	defer provider.Close()
	keys, err := verifier.NewRemote(provider.URL, verifier.RemoteConfig{LoopbackHTTP: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer keys.Close()
	cfg := provider.config()
	cfg.Keys = keys
	v, err := verifier.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("before:", keys.Status().Ready)
	if _, err := v.Verify(context.Background(), provider.token(nil)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("after:", keys.Status().Ready, keys.Status().Usable)
	// Output:
	// before: false
	// after: true 1
}

// What the application knows and the token does not: here, sessions that were
// logged out.
func ExampleConfig_rule() {
	provider := startDemo()
	defer provider.Close()
	loggedOut := map[string]bool{"ses_1": true}
	cfg := provider.config()
	cfg.Rule = func(_ context.Context, t *verifier.Token) error {
		if loggedOut[t.SessionID] {
			return errors.New("the session was logged out")
		}
		return nil
	}
	v := must(verifier.New(cfg))
	defer v.Close()

	for _, sid := range []string{"ses_1", "ses_2"} {
		_, err := v.Verify(context.Background(), provider.token(map[string]any{"sid": sid}))
		fmt.Println(err)
	}
	// Output:
	// POLICY: a rule of the application refuses it: the session was logged out
	// <nil>
}

// A refusal can be compared, taken apart and logged. It never has the token in
// it.
func ExampleError() {
	provider := startDemo()
	defer provider.Close()
	v := must(verifier.New(provider.config()))
	defer v.Close()
	_, err := v.Verify(context.Background(), provider.token(map[string]any{"aud": "prd_" + demoClient}))

	fmt.Println(errors.Is(err, &verifier.Error{Reason: verifier.ReasonInvalidAudience}))
	refusal, _ := errors.AsType[*verifier.Error](err)
	fmt.Println(refusal.Code(), "by", refusal.Claim, "of a token with a good signature:", refusal.Verified)
	fmt.Println("often:", refusal.Causes()[0])
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("refused", "err", refusal)
	// Output:
	// true
	// INVALID_AUDIENCE by aud of a token with a good signature: true
	// often: the client ID (skc_…) is not configured exactly as the token's aud has it
	// level=INFO msg=refused err.code=INVALID_AUDIENCE err.reason=INVALID_AUDIENCE err.claim=aud err.want=skc_58327482062864390 err.got=prd_skc_58327482062864390 err.signature_verified=true err.hint="it is the client ID of another environment: production client IDs begin with prd_"
}

// Tenants that come and go: Allow looks an issuer up.
func ExampleTenants_Forget() {
	provider := startDemo()
	defer provider.Close()
	customers := map[string]verifier.Config{provider.URL: provider.config()} // a database, say
	tenants := must(verifier.NewTenants(verifier.TenantsConfig{
		Allow: func(_ context.Context, issuer string) (verifier.Config, bool) {
			cfg, ok := customers[issuer]
			return cfg, ok
		},
	}))
	defer tenants.Close()
	raw := provider.token(nil)
	_, err := tenants.Verify(context.Background(), raw)
	fmt.Println(err)

	delete(customers, provider.URL)
	tenants.Forget(provider.URL)
	_, err = tenants.Verify(context.Background(), raw)
	fmt.Println(verifier.ReasonOf(err))
	// Output:
	// <nil>
	// INVALID_ISSUER
}

// A handler is tested without a provider.
func ExampleNewContext() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := verifier.FromContext(r.Context())
		if !ok {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "hello ", token.Email)
	})
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	ctx := verifier.NewContext(req.Context(), &verifier.Token{Subject: "usr_1", Email: "ada@example.com"})
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req.WithContext(ctx))
	fmt.Println(answer.Body)
	// Output: hello ada@example.com
}

// A test of a handler that reads a claim of the application's own.
func ExampleUnverifiedToken() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := verifier.FromContext(r.Context())
		claims, err := verifier.Claims[struct {
			Roles []string `json:"roles"`
		}](token)
		if err != nil || !slices.Contains(claims.Roles, "admin") {
			http.Error(w, "for admins only", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, "hello ", token.Subject)
	})
	token := must(verifier.UnverifiedToken(map[string]any{"sub": "usr_1", "roles": []string{"admin"}}))
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req.WithContext(verifier.NewContext(req.Context(), token)))
	fmt.Println(answer.Body)
	// Output: hello usr_1
}

// The reasons that are not the fault of the sender of a token, and the code that
// the documentation has for them.
func ExampleReasons() {
	for _, reason := range verifier.Reasons() {
		if reason.Kind() == verifier.KindUnavailable {
			fmt.Println(reason, "is", reason.Code())
		}
	}
	// Output:
	// DISCOVERY_FAILED is JWKS_FETCH_FAILED
	// DISCOVERY_INVALID is JWKS_FETCH_FAILED
	// JWKS_FETCH_FAILED is JWKS_FETCH_FAILED
	// JWKS_INVALID is JWKS_FETCH_FAILED
}
