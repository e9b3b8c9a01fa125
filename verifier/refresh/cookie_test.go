package refresh_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier/refresh"
)

func TestCookies(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		cookie *http.Cookie
		want   string
	}{
		{"session", refresh.SessionCookie("session", "s1", now.Add(time.Hour), now), "__Host-session=s1; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict"},
		{"session that has ended", refresh.SessionCookie("session", "s1", now, now), "__Host-session=s1; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
		{"state", refresh.StateCookie("state", "x"), "__Host-state=x; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"},
		{"removed", refresh.ExpireCookie("session"), "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
	}
	for _, test := range tests {
		if err := test.cookie.Valid(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := test.cookie.String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}

	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if _, ok := refresh.ReadCookie(r, "session"); ok {
		t.Error("a cookie was read from a request without one")
	}
	r.AddCookie(&http.Cookie{Name: "__Host-empty"})
	if _, ok := refresh.ReadCookie(r, "empty"); ok {
		t.Error("an empty cookie was read")
	}
	r.AddCookie(&http.Cookie{Name: "session", Value: "without prefix"})
	if _, ok := refresh.ReadCookie(r, "session"); ok {
		t.Error("a cookie without the prefix was read")
	}
	r.AddCookie(refresh.SessionCookie("session", "s1", now.Add(time.Hour), now))
	if got, ok := refresh.ReadCookie(r, "session"); !ok || got != "s1" {
		t.Errorf("ReadCookie = %q, %v", got, ok)
	}
	r.AddCookie(refresh.SessionCookie("session", "s2", now.Add(time.Hour), now))
	if got, ok := refresh.ReadCookie(r, "session"); ok {
		t.Errorf("of two cookies, %q was read", got)
	}
}
