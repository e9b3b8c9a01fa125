package mockidp_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
)

// TestChurn does everything at once. The race detector watches, and every
// token must verify with the keys of the environment: no answer may be torn
// between two moments.
func TestChurn(t *testing.T) {
	t.Parallel()
	const workers, rounds = 6, 12
	e := newEnvironment(t, startServer(t, mockidp.Config{}), "churn", mockidp.EnvironmentConfig{
		Signing: []*keyring.Key{keyring.NewSource(1).Key("first", "ES256")},
	})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	stop := make(chan struct{})
	var background, users sync.WaitGroup
	background.Go(func() {
		source := keyring.NewSource(1)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			next := source.Key(fmt.Sprint("next", i%5), []string{"ES256", "EdDSA"}[i%2])
			mode := []keyring.Mode{keyring.SignAtOnce, keyring.DropOld, keyring.KidReuse, keyring.Unpublished}[i%4]
			// A kid that is still published is refused, which is fine.
			_ = e.Ring().Rotate(mode, next)
			_ = e.Faults().Add(fault.Fault{ID: "some", Where: fault.UserInfo, Kind: fault.Status, Attributes: fault.Attributes{Status: 503}, Count: 1})
			publish(t, e, func(p *mockidp.Publication) {
				p.EditMetadata = func(d *mockidp.Document) { d.Set("x", i) }
			})
			e.Requests()
			e.JWKSet()
		}
	})
	for range workers {
		users.Go(func() {
			for range rounds {
				got := login(t, c, rp, with("nonce", "n"))
				wantOneKey(t, e, got.AccessToken, got.idToken())
				renewed := refresh(t, c, e, got.RefreshToken).object(t)
				wantOneKey(t, e, renewed["access_token"].(string), renewed["id_token"].(string))
				withToken(t, c, e, got.AccessToken)
				get(t, c, e.Issuer()+"/keys")
				get(t, c, e.Issuer()+metadataPath)
				if !active(t, c, e, got.AccessToken) {
					t.Errorf("an access token is not active")
				}
			}
		})
	}
	users.Wait()
	close(stop)
	background.Wait()
	if got, want := e.Counts()[fault.Token], workers*rounds*2; got != want {
		t.Errorf("Counts()[token] = %d, want %d", got, want)
	}
}

// wantOneKey checks that two tokens have one kid which the ring knows.
func wantOneKey(t *testing.T, e *mockidp.Environment, a, b string) {
	t.Helper()
	first, _ := decode(t, a)
	second, _ := decode(t, b)
	kid, _ := first["kid"].(string)
	if first["kid"] != second["kid"] || e.Ring().ByID(kid) == nil {
		t.Errorf("the tokens of one answer have the kids %v and %v", first["kid"], second["kid"])
	}
}

// TestLogKeepsSecrets looks for everything secret in the log of a session
// with errors.
func TestLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	var log safeBuffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e := newEnvironment(t, startServer(t, mockidp.Config{Logger: logger}), "log", mockidp.EnvironmentConfig{})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	got := login(t, c, rp, with("nonce", "secret-nonce"))
	renewed := refresh(t, c, e, got.RefreshToken).object(t)
	refresh(t, c, e, got.RefreshToken)
	post(t, c, e.Issuer()+"/oauth/token", redemption(e, got.code))
	withToken(t, c, e, got.AccessToken)
	e.SetMint(mockidp.MintFunc(func(_ context.Context, m mockidp.Minting) (string, error) {
		return "", fmt.Errorf("no %s today", m.Kind)
	}))
	failed := authorize(t, c, rp, "s").Get("code")
	if r := post(t, c, e.Issuer()+"/oauth/token", redemption(e, failed)); r.StatusCode != http.StatusInternalServerError {
		t.Errorf("the failing mint answers %d", r.StatusCode)
	}

	text := log.String()
	for _, want := range []string{`"path":"/oauth/token"`, `"client":"` + e.Client().ID + `"`, "no access_token today"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not have %s:\n%s", want, text)
		}
	}
	for name, secret := range map[string]string{
		"client secret": e.Client().Secret, "code": got.code, "another code": failed,
		"access token": got.AccessToken, "ID Token": got.idToken(), "refresh token": got.RefreshToken,
		"signature":             got.idToken()[strings.LastIndexByte(got.idToken(), '.')+1:],
		"another refresh token": renewed["refresh_token"].(string), "nonce": "secret-nonce",
	} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has the %s", name)
		}
	}
}

// safeBuffer is a bytes.Buffer for the goroutines of a server.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
