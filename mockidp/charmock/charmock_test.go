package charmock_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/charmock"
)

const (
	liveKey    = "pk_live_0123456789abcdef"
	revokedKey = "pk_live_fedcba9876543210"
	origin     = "https://app.example"
)

// start serves with a verifier that knows a few words as tokens, and a clock
// that the test moves.
func start(t *testing.T) (*charmock.Server, *atomic.Int64) {
	t.Helper()
	var clock atomic.Int64
	clock.Store(1_800_000_000)
	s, err := charmock.Start(t.Context(), charmock.Config{
		Verify: func(_ context.Context, token string) (charmock.Identity, error) {
			switch token {
			case "good":
				return charmock.Identity{UserID: "usr_1", OrganizationID: "org_of_the_token"}, nil
			case "down":
				return charmock.Identity{}, &charmock.Refusal{Code: "JWKS_FETCH_FAILED", Message: "no keys"}
			case "broken":
				return charmock.Identity{}, errors.New("secret detail")
			}
			return charmock.Identity{}, &charmock.Refusal{Code: "INVALID_AUDIENCE", Message: "aud is other"}
		},
		Probe: func(_ context.Context, issuer string) (charmock.Connection, error) {
			if issuer != "https://acme.scalekit.com" {
				return charmock.Connection{}, errors.New("nobody is there")
			}
			return charmock.Connection{Issuer: issuer, JWKSURI: issuer + "/keys"}, nil
		},
		Keys: []charmock.PublishableKey{
			{Key: liveKey, Organization: "org_1", Origins: []string{origin}},
			{Key: revokedKey, Organization: "org_1", Origins: []string{origin}, Revoked: true},
		},
		Now: func() time.Time { return time.Unix(clock.Load(), 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, &clock
}

// post sends a request and returns the status and the members of the answer.
func post(t *testing.T, url string, header http.Header, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer
}

// code returns the code of a failure.
func code(answer map[string]any) string {
	e, _ := answer["error"].(map[string]any)
	c, _ := e["code"].(string)
	return c
}

// What is wrong first in the documented order decides the answer.
func TestTheFirstMistakeDecides(t *testing.T) {
	t.Parallel()
	s, _ := start(t)
	tests := []struct {
		name, body, origin string
		status             int
		want               string
	}{
		{"no body", "", origin, 400, "INVALID_BODY"},
		{"no JSON", "{", origin, 400, "INVALID_BODY"},
		{"two bodies", "{}{}", origin, 400, "INVALID_BODY"},
		{"no key", `{"id_token":"good"}`, origin, 400, "INVALID_BODY"},
		{"a key of another type", `{"publishable_key":7}`, origin, 400, "INVALID_BODY"},
		{"a body that is too large", `{"publishable_key":"` + strings.Repeat("x", 200<<10) + `"}`, origin, 400, "INVALID_BODY"},
		{"a malformed key", `{"publishable_key":"sk_live_1"}`, origin, 401, "INVALID_KEY"},
		{"an unknown key", `{"publishable_key":"pk_live_0000000000000000"}`, origin, 401, "INVALID_KEY"},
		{"a revoked key and a bad token", `{"publishable_key":"` + revokedKey + `","id_token":"bad"}`, "https://evil.example", 401, "INVALID_KEY"},
		{"another origin and a bad token", `{"publishable_key":"` + liveKey + `","id_token":"bad"}`, "https://evil.example", 403, "ORIGIN_NOT_ALLOWED"},
		{"an origin that begins alike", `{"publishable_key":"` + liveKey + `"}`, origin + ".evil.example", 403, "ORIGIN_NOT_ALLOWED"},
		{"no origin", `{"publishable_key":"` + liveKey + `"}`, "", 403, "ORIGIN_NOT_ALLOWED"},
		{"a bad token", `{"publishable_key":"` + liveKey + `","id_token":"bad"}`, origin, 401, "INVALID_AUDIENCE"},
		{"an empty token", `{"publishable_key":"` + liveKey + `","id_token":""}`, origin, 401, "INVALID_AUDIENCE"},
		{"no keys to verify with", `{"publishable_key":"` + liveKey + `","id_token":"down"}`, origin, 503, "JWKS_FETCH_FAILED"},
		{"a verifier that fails", `{"publishable_key":"` + liveKey + `","id_token":"broken"}`, origin, 500, "INTERNAL_ERROR"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if test.origin != "" {
				header.Set("Origin", test.origin)
			}
			status, answer := post(t, s.URL()+"/api/auth/pk-ticket", header, test.body)
			if status != test.status || code(answer) != test.want {
				t.Errorf("%d %v, want %d %s", status, answer, test.status, test.want)
			}
			if text, err := json.Marshal(answer); err != nil || strings.Contains(string(text), "secret detail") {
				t.Errorf("the answer tells what happened inside: %s, %v", text, err)
			}
		})
	}
}

func TestTickets(t *testing.T) {
	t.Parallel()
	s, clock := start(t)
	exchange := func() string {
		t.Helper()
		status, answer := post(t, s.URL()+"/api/auth/ticket", http.Header{"Authorization": {"Bearer good"}}, "")
		if status != 200 || answer["expiresIn"] != 60.0 || answer["userId"] != "usr_1" || answer["expiresAt"] != float64((clock.Load()+60)*1000) {
			t.Fatalf("the exchange answers %d %v", status, answer)
		}
		return answer["ticket"].(string)
	}
	connect := func(ticket string) string {
		t.Helper()
		status, answer := post(t, s.URL()+"/api/connect", nil, `{"ticket":"`+ticket+`"}`)
		if status == 200 && answer["userId"] == "usr_1" {
			return "connected"
		}
		return code(answer)
	}
	first, second := exchange(), exchange()
	clock.Add(59)
	if got := connect(first); got != "connected" {
		t.Errorf("after 59 s: %s", got)
	}
	if got := connect(first); got != charmock.CodeInvalidTicket {
		t.Errorf("a second time: %s", got)
	}
	clock.Add(1)
	for _, ticket := range []string{second, "unknown", ""} {
		if got := connect(ticket); got != charmock.CodeInvalidTicket {
			t.Errorf("ticket %q: %s", ticket, got)
		}
	}
	if status, answer := post(t, s.URL()+"/api/auth/ticket", nil, ""); status != 401 || code(answer) != "INVALID_TOKEN" {
		t.Errorf("without a token: %d %v", status, answer)
	}
}

// A page without a token gets a user of its own, in the organization of the
// key; with one, too, it is the key that says which organization.
func TestTheKeySaysWhichOrganization(t *testing.T) {
	t.Parallel()
	s, _ := start(t)
	seen := make(map[any]bool)
	for _, token := range []string{"", "", `,"id_token":"good"`} {
		status, answer := post(t, s.URL()+"/api/auth/pk-ticket", nil, `{"publishable_key":"`+liveKey+`","embedding_origin":"`+origin+`"`+token+`}`)
		if status != 200 || answer["orgId"] != "org_1" || seen[answer["userId"]] {
			t.Errorf("token %q: %d %v", token, status, answer)
		}
		seen[answer["userId"]] = true
	}
	if !seen["usr_1"] {
		t.Error("the subject of the ID Token is not the user")
	}
}

func TestTestConnection(t *testing.T) {
	t.Parallel()
	s, _ := start(t)
	status, answer := post(t, s.URL()+"/api/identity-providers/test", nil, `{"idp_type":"scalekit","idp_issuer":"https://acme.scalekit.com"}`)
	if status != 200 || answer["success"] != true || answer["jwks_uri"] != "https://acme.scalekit.com/keys" || answer["error"] != nil {
		t.Errorf("%d %v", status, answer)
	}
	status, answer = post(t, s.URL()+"/api/identity-providers/test", nil, `{"idp_type":"scalekit","idp_issuer":"https://gone.example"}`)
	if status != 200 || answer["success"] != false || answer["issuer"] != nil || answer["error"] != "nobody is there" {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer = post(t, s.URL()+"/api/identity-providers/test", nil, `{}`); status != 400 || code(answer) != "INVALID_BODY" {
		t.Errorf("%d %v", status, answer)
	}
}

func TestStartRefusesMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := charmock.Start(t.Context(), charmock.Config{
		TicketLifetime: -1, Keys: []charmock.PublishableKey{{Key: "pk_1"}, {Key: liveKey, Origins: []string{"app.example"}}},
	})
	for _, want := range []string{"Verify is missing", "TicketLifetime is -1ns", `"pk_1"`, "has no origin", `origin "app.example"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Start = %v, want %s", err, want)
		}
	}
}
