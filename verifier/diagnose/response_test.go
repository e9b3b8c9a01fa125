package diagnose_test

import (
	"slices"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

func TestDiagnoseResponse(t *testing.T) {
	t.Parallel()
	good := sign(t, goodHeader(), goodClaims())
	expired := sign(t, goodHeader(), with(goodClaims(), object{"exp": now.Unix() - 3600, "iat": now.Unix() - 7200}))
	tests := []struct {
		name, answer string
		cause        string // the first one, or the first warning
		documented   string
		failed       bool // whether there is no ID Token
		refused      bool
	}{
		{"everything", `{"id_token":"` + good + `","refresh_token":"r","access_token":"a"}`, "", "", false, false},
		{"as curl -i prints it", "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n" + `{"id_token":"` + good + `","refresh_token":"r"}`, "", "", false, false},
		{"no refresh token", `{"id_token":"` + good + `","scope":"openid profile"}`, "response.no-offline-access", "refresh.offline-access", false, false},
		{"an expired ID Token", `{"id_token":"` + expired + `","refresh_token":"r"}`, "expired.session", "expired.session", false, true},
		{"no openid", `{"access_token":"a","scope":"profile"}`, "response.no-openid", "", true, true},
		{"a refresh without an ID Token", `{"access_token":"a","refresh_token":"r","scope":"openid offline_access"}`, "response.id-token-dropped", "expired.kept", true, true},
		{"a wrong secret", `{"error":"invalid_client","error_description":"Client authentication failed"}`, "response.client-secret", "refresh.secret", true, true},
		{"a client of another environment", `{"error":"invalid_client","error_description":"Unable to retrieve client by id"}`, "response.client", "refresh.secret", true, true},
		{"a spent refresh token", `{"error":"invalid_grant","error_description":"The refresh token was already used"}`, "response.refresh-token", "refresh.storage", true, true},
		{"an expired code", `{"error":"invalid_grant","error_description":"code has expired"}`, "response.code", "", true, true},
		{"an unknown scope", `{"error":"invalid_scope"}`, "response.scope", "refresh.offline-access", true, true},
		{"another error", `{"error":"unauthorized_client"}`, "response.error", "", true, true},
		{"nothing", `{}`, "response.empty", "", true, true},
		{"a page", `<html>`, "response.no-json", "", true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := diagnose.DiagnoseResponse(t.Context(), []byte(test.answer), diagnose.Request{
				Keys: verifier.KeyState{Set: published(t)}, Now: now,
				Config: verifier.Config{Issuer: issuer, Audience: []string{client}},
			})
			var first diagnose.Cause
			if all := slices.Concat(d.Causes, d.Warnings); len(all) > 0 {
				first = all[0]
			}
			if first.Name != test.cause || first.Documented != test.documented {
				t.Errorf("the first cause is %q of %q, want %q of %q", first.Name, first.Documented, test.cause, test.documented)
			}
			if d.Response.Failed() != test.failed || d.Refused() != test.refused {
				t.Errorf("failed is %v and refused %v, want %v and %v", d.Response.Failed(), d.Refused(), test.failed, test.refused)
			}
		})
	}
}

// A session is refreshed a minute before its access token expires.
func TestResponseSaysWhenToRefresh(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string][2]time.Duration{
		`{"expires_in":299}`:  {299 * time.Second, 239 * time.Second},
		`{"expires_in":30}`:   {30 * time.Second, 0},
		`{"expires_in":"no"}`: {},
		`{"expires_in":-1}`:   {},
		`{}`:                  {},
	} {
		r := diagnose.DiagnoseResponse(t.Context(), []byte(answer), diagnose.Request{Now: now}).Response
		if got := [2]time.Duration{r.ExpiresIn, r.RefreshIn}; got != want {
			t.Errorf("%s: %v, want %v", answer, got, want)
		}
	}
}
