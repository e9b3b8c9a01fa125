package refresh_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*refresh.Config)
		form   string // client_secret in the form
		basic  string // user and password of Authorization
	}{
		{"in the form", nil, testSecret, ""},
		{"basic", func(c *refresh.Config) { c.AuthMethod, c.ClientSecret = refresh.SecretBasic, "a b+c" }, "", testClient + ":a+b%2Bc"},
		{"public client", func(c *refresh.Config) { c.ClientSecret = "" }, "", ""},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			p, client, _ := newClient(t, test.change)
			s := begin(t, p, client, goodLogin())
			p.answer(200, goodAnswer(t, time.Now(), nil))
			if _, err := client.Refresh(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			r := &http.Request{Header: p.headers[0]}
			user, password, _ := r.BasicAuth()
			if basic := strings.TrimSuffix(user+":"+password, ":"); basic != test.basic {
				t.Errorf("Authorization has %q, want %q", basic, test.basic)
			}
			form := p.last()
			if form.Get("client_secret") != test.form || form.Get("client_id") != testClient {
				t.Errorf("the form is %v", form)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*refresh.Config)
		want   string
	}{
		{"no verifier", func(c *refresh.Config) { c.Verifier = nil }, "Verifier"},
		{"no client", func(c *refresh.Config) { c.ClientID = "" }, "ClientID"},
		{"the ID of the secret", func(c *refresh.Config) { c.ClientSecret = "sks_123456" }, "ClientSecret"},
		{"an unknown method", func(c *refresh.Config) { c.AuthMethod = "private_key_jwt" }, "AuthMethod"},
		{"no store", func(c *refresh.Config) { c.Store = nil }, "Store"},
		{"no endpoint", func(c *refresh.Config) { c.TokenEndpoint = "" }, "TokenEndpoint"},
		{"endpoint over http", func(c *refresh.Config) { c.TokenEndpoint = "http://acme.scalekit.com/token" }, "TokenEndpoint"},
		{"endpoint on loopback, not allowed", func(c *refresh.Config) { c.TokenEndpoint = "http://127.0.0.1/token" }, "TokenEndpoint"},
		{"endpoint with credentials", func(c *refresh.Config) { c.TokenEndpoint = "https://u:p@acme.scalekit.com/token" }, "TokenEndpoint"},
		{"endpoint with a fragment", func(c *refresh.Config) { c.TokenEndpoint = "https://acme.scalekit.com/token#x" }, "TokenEndpoint"},
		{"endpoint without a host", func(c *refresh.Config) { c.TokenEndpoint = "https:///token" }, "TokenEndpoint"},
		{"endpoint over http, loopback allowed", func(c *refresh.Config) {
			c.TokenEndpoint, c.LoopbackHTTP = "http://acme.scalekit.com/token", true
		}, "TokenEndpoint"},
		{"margin above an hour", func(c *refresh.Config) { c.Margin = time.Hour + 1 }, "Margin"},
		{"negative timeout", func(c *refresh.Config) { c.Timeout = -1 }, "Timeout"},
		{"negative margin", func(c *refresh.Config) { c.Margin = -1 }, "Margin"},
		{"timeout above a minute", func(c *refresh.Config) { c.Timeout = time.Minute + 1 }, "Timeout"},
		{"endpoint that is no URL", func(c *refresh.Config) { c.TokenEndpoint = "https://acme.scalekit.com/%zz" }, "TokenEndpoint"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := refresh.Config{
				Verifier: newVerifier(t), TokenEndpoint: testEndpoint, ClientID: testClient, Store: refresh.NewMemoryStore(),
			}
			test.change(&cfg)
			_, err := refresh.New(cfg)
			if verifier.ReasonOf(err) != verifier.ReasonConfigInvalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("New = %v, want a mistake of %s", err, test.want)
			}
		})
	}
}

func TestNewAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*refresh.Config)
		want   string // in the text of the configuration
	}{
		{"the defaults", func(*refresh.Config) {}, "auth=client_secret_post margin=1m0s timeout=10s"},
		{"a method", func(c *refresh.Config) { c.AuthMethod = refresh.SecretPost }, "auth=client_secret_post"},
		{"the other method", func(c *refresh.Config) { c.AuthMethod = refresh.SecretBasic }, "auth=client_secret_basic"},
		{"no secret", func(c *refresh.Config) { c.ClientSecret = "" }, "auth=public client"},
		{"the limits", func(c *refresh.Config) { c.Margin, c.Timeout = time.Hour, time.Minute }, "margin=1h0m0s timeout=1m0s"},
		{"loopback by name", func(c *refresh.Config) { c.TokenEndpoint, c.LoopbackHTTP = "http://localhost:1/token", true }, "localhost"},
		{"loopback by address", func(c *refresh.Config) { c.TokenEndpoint, c.LoopbackHTTP = "http://[::1]:1/token", true }, "::1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := refresh.Config{
				Verifier: newVerifier(t), TokenEndpoint: testEndpoint, ClientID: testClient, ClientSecret: testSecret,
				Store: refresh.NewMemoryStore(),
			}
			test.change(&cfg)
			client, err := refresh.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			client.Close()
			if text := strings.ReplaceAll(cfg.String(), `"`, ""); !strings.Contains(text, test.want) {
				t.Errorf("%s, want %s", text, test.want)
			}
		})
	}
}

func TestNothingShowsACredential(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		cfg := refresh.Config{ClientID: testClient, ClientSecret: testSecret, Issuer: testIssuer}
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		var log strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb+" "+verb+" "+verb+" "+verb+"\n", cfg, &cfg, s, *s)
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			slog.New(h).Info("x", "session", s, "value", *s, "cfg", cfg)
		}
		for _, secret := range []string{testSecret, "rt-1", "at-1", s.IDToken, s.ID, fmt.Sprintf("%x", testSecret)} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%q shows in\n%s", secret, &log)
			}
		}
		if strings.Contains(log.String(), "notes") {
			t.Errorf("the log has notes, and the session has none:\n%s", &log)
		}
		if !strings.Contains(log.String(), s.First.Subject) {
			t.Errorf("the log does not name the user:\n%s", &log)
		}
	})
}

// What a log has of a session.
func TestSessionLog(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		session refresh.Session
		want    string
	}{
		{refresh.Session{}, `s.iss="" s.sub="" s.generation=0 s.refreshable=false`},
		{
			refresh.Session{
				First: refresh.Identity{Issuer: testIssuer, Subject: "usr_1"}, RefreshToken: "rt-1", Generation: 7,
				RefreshAt: at, Failures: 1, Notes: []refresh.Note{refresh.NoteNoExpiry},
			},
			`s.iss=` + testIssuer + ` s.sub=usr_1 s.generation=7 s.refreshable=true s.refresh_at=2026-03-01T12:00:00.000Z s.failures=1 s.notes="[no expires_in]"`,
		},
	} {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", test.session)
		if _, got, _ := strings.Cut(strings.TrimSpace(log.String()), "msg=x "); got != test.want {
			t.Errorf("the log has %s, want %s", got, test.want)
		}
	}
}
