package refresh_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

// No test may leave a goroutine behind. The program is also the process of
// TestTwoProcessesOneStore.
func TestMain(m *testing.M) {
	if dir := os.Getenv("REFRESHER_DIR"); dir != "" {
		os.Exit(refresher(dir))
	}
	goleak.VerifyTestMain(m)
}

const (
	testIssuer   = "https://acme.scalekit.com"
	testEndpoint = testIssuer + "/oauth/token"
	testClient   = "skc_58327482062864390"
	testSecret   = "test_secret_6Kp2"
	testSession  = "session-1"
)

type object = map[string]any

// with returns a copy of base with changes laid over it. A nil value removes.
func with(base, changes object) object {
	out := maps.Clone(base)
	for name, v := range changes {
		if v == nil {
			delete(out, name)
			continue
		}
		out[name] = v
	}
	return out
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func text(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sign makes an ID Token.
func sign(t testing.TB, claims object) string {
	t.Helper()
	input := encode([]byte(`{"alg":"RS256","kid":"snk_1","typ":"JWT"}`)) + "." + encode(text(t, claims))
	digest := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, testKey(), crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + encode(sig)
}

// atHash returns the at_hash of an access token under RS256.
func atHash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return encode(sum[:16])
}

// provider is a token endpoint in memory, whose answers a test sets. It counts
// and keeps what it is asked.
type provider struct {
	*testing.T
	mu       sync.Mutex
	handler  http.HandlerFunc
	requests []url.Values
	headers  []http.Header
}

// RoundTrip serves a request. A handler that aborts breaks the connection.
func (p *provider) RoundTrip(r *http.Request) (_ *http.Response, err error) {
	defer func() {
		if v := recover(); v == http.ErrAbortHandler {
			err = io.ErrUnexpectedEOF
		} else if v != nil {
			panic(v)
		}
	}()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	if r.URL.String() != testEndpoint || r.Method != http.MethodPost {
		p.Errorf("%s %s", r.Method, r.URL)
	}
	p.requests, p.headers = append(p.requests, form), append(p.headers, r.Header.Clone())
	h := p.handler
	p.mu.Unlock()
	rec := httptest.NewRecorder()
	h(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// serve sets what answers from now on.
func (p *provider) serve(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handler = h
}

// answer serves a status and a JSON value.
func (p *provider) answer(status int, v any, header ...string) {
	p.Helper()
	body := text(p.T, v)
	p.serve(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		w.Write(body)
	})
}

// hold keeps back what is served until release is called.
func (p *provider) hold() (release func()) {
	p.mu.Lock()
	h := p.handler
	p.mu.Unlock()
	gate := make(chan struct{})
	p.serve(func(w http.ResponseWriter, r *http.Request) { <-gate; h(w, r) })
	return func() { close(gate) }
}

// count returns how many requests there were.
func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

// last returns the form of the last request.
func (p *provider) last() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests[len(p.requests)-1]
}

// The login that every test starts from was a minute ago.
const sinceLogin = time.Minute

// firstClaims are the claims of the ID Token of the login.
func firstClaims(now time.Time) object {
	login := now.Add(-sinceLogin)
	return object{
		"iss": testIssuer, "sub": "usr_63261014140912135", "aud": []string{testClient}, "azp": testClient,
		"oid": "org_59615193906282635", "sid": "ses_65274187031249433", "nonce": "n-0S6_WzA2Mj",
		"iat": login.Unix(), "exp": login.Add(5 * time.Minute).Unix(), "auth_time": login.Unix(),
	}
}

// newClaims are the claims of a good refreshed ID Token.
func newClaims(now time.Time) object {
	return with(firstClaims(now), object{
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": nil, "at_hash": atHash("at-2"),
	})
}

// goodAnswer is a good answer, with changes to its ID Token.
func goodAnswer(t testing.TB, now time.Time, claims object) object {
	t.Helper()
	return object{
		"access_token": "at-2", "token_type": "Bearer", "expires_in": 300, "refresh_token": "rt-2",
		"scope": "openid profile email offline_access", "id_token": sign(t, with(newClaims(now), claims)),
	}
}

// newClient returns a provider and a client of it, at a time.
func newClient(
	t *testing.T, change func(*refresh.Config),
) (*provider, *refresh.Client, *refresh.MemoryStore) {
	t.Helper()
	p := &provider{T: t}
	store := refresh.NewMemoryStore()
	cfg := refresh.Config{
		Verifier: newVerifier(t), TokenEndpoint: testEndpoint, ClientID: testClient, ClientSecret: testSecret,
		Store: store, Transport: p, Random: func() float64 { return 0.5 },
	}
	if change != nil {
		change(&cfg)
	}
	client, err := refresh.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return p, client, store
}

// newVerifier returns a verifier with the strict policy, but with leeway.
func newVerifier(t *testing.T) *verifier.Verifier {
	t.Helper()
	set := text(t, object{"keys": []any{object{
		"kty": "RSA", "kid": "snk_1", "alg": "RS256", "use": "sig", "e": "AQAB", "n": encode(testKey().N.Bytes()),
	}}})
	source, err := verifier.Static(set)
	if err != nil {
		t.Fatal(err)
	}
	cfg := verifier.Strict()
	cfg.Issuer, cfg.Audience, cfg.Keys, cfg.Leeway = testIssuer, []string{testClient}, source, verifier.DefaultLeeway
	v, err := verifier.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// begin stores the session of the login.
func begin(
	t testing.TB, p *provider, client *refresh.Client, login refresh.Login,
) *refresh.Session {
	t.Helper()
	raw := sign(t, firstClaims(time.Now()))
	token, err := newVerifier(p.T).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	login.SessionID, login.Token, login.RawIDToken, login.AccessToken = testSession, token, raw, "at-1"
	s, err := client.Begin(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// goodLogin is a login with offline_access.
func goodLogin() refresh.Login {
	return refresh.Login{RefreshToken: "rt-1", Scope: "openid profile email offline_access", ExpiresIn: 4 * time.Minute}
}
