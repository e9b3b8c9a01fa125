package diagnose

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Response is what an answer of the token endpoint says.
type Response struct {
	// Error is the error code of RFC 6749, 5.2. Empty if tokens were issued.
	Error string

	// Tokens are the names of the tokens in it, and Scope is the granted scope.
	Tokens []string
	Scope  string

	// ExpiresIn is the life of the access token, and RefreshIn is when to
	// refresh the session, both from the moment of the answer. Zero if the
	// answer does not say.
	ExpiresIn, RefreshIn time.Duration
}

// refreshAhead is how long before the access token expires to refresh: what
// Scalekit's guides subtract from the age of its cookie.
const refreshAhead = time.Minute

// errorCode is what the codes of providers look like.
var errorCode = regexp.MustCompile(`^[a-z_]{0,40}$`)

// Failed reports whether the answer brings no ID Token.
func (r *Response) Failed() bool { return !slices.Contains(r.Tokens, "id_token") }

// DiagnoseResponse says why an answer of the token endpoint does not help. The
// ID Token in it is diagnosed as Diagnose does, whatever Request.Token is. The
// answer may be preceded by the status line and headers of HTTP.
func DiagnoseResponse(ctx context.Context, answer []byte, req Request) *Diagnosis {
	var members map[string]json.RawMessage
	if i := bytes.IndexByte(answer, '{'); i >= 0 {
		// A text that is no JSON has no members.
		_ = json.Unmarshal(answer[i:], &members)
	}
	r := &Response{Error: clip(text(members["error"])), Scope: clip(text(members["scope"]))}
	for _, name := range []string{"id_token", "access_token", "refresh_token"} {
		if text(members[name]) != "" {
			r.Tokens = append(r.Tokens, name)
		}
	}
	var seconds float64
	if json.Unmarshal(members["expires_in"], &seconds) == nil && seconds > 0 && seconds < 1e9 {
		r.ExpiresIn = time.Duration(seconds * float64(time.Second))
		r.RefreshIn = max(r.ExpiresIn-refreshAhead, 0)
	}

	req.Token = text(members["id_token"])
	d := &Diagnosis{Kind: KindResponse, Signature: SignatureNotChecked, Key: Key{State: KeyUnknown}}
	if !r.Failed() {
		d = Diagnose(ctx, req)
	} else {
		req.setTime()
		d.Times.Now = req.Now
	}
	d.Response = r
	if !errorCode.MatchString(r.Error) {
		r.Error = hidden // whatever was pasted there
	}
	hide := redactor{
		text(members["id_token"]), text(members["access_token"]), text(members["refresh_token"]),
	}
	r.Error, r.Scope = hide.text(r.Error), hide.text(r.Scope)
	problems := r.problems(strings.ToLower(text(members["error_description"])), members == nil)
	switch {
	case r.Failed():
		d.Causes = problems
	case slices.Contains(r.Tokens, "refresh_token"):
	default:
		d.Warnings = append(d.Warnings, noRefreshToken(r.Scope))
	}
	return d
}

// noRefreshToken is the cause of an answer without a refresh token.
func noRefreshToken(scope string) Cause {
	return cause(responseNoRefresh, FitLikely, "the granted scope is "+quoted(scope))
}

func quoted(s string) string {
	if s == "" {
		return "not named"
	}
	return s
}

// problems returns why the answer brings no ID Token. description is its
// error_description in lower case.
func (r *Response) problems(description string, noJSON bool) []Cause {
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			return strings.Contains(description, w)
		})
	}
	switch {
	case noJSON:
		return []Cause{cause(responseNoJSON, FitCertain, "")}
	case r.Error == "invalid_client" &&
		says("retrieve client", "unknown client", "no such client", "client not found"):
		return []Cause{cause(responseClient, FitLikely, ""), cause(responseSecret, FitPossible, "")}
	case r.Error == "invalid_client":
		return []Cause{cause(responseSecret, FitLikely, ""), cause(responseClient, FitPossible, "")}
	case r.Error == "invalid_grant" && says("code") && !says("refresh"):
		return []Cause{cause(responseCode, FitLikely, "")}
	case r.Error == "invalid_grant":
		return []Cause{cause(responseSpent, FitLikely, "")}
	case r.Error == "invalid_scope":
		return []Cause{cause(responseScope, FitLikely, "")}
	case r.Error != "":
		return []Cause{cause(responseError, FitLikely, "error is "+r.Error)}
	case len(r.Tokens) == 0:
		return []Cause{cause(responseEmpty, FitCertain, "")}
	}
	evidence := "the granted scope is " + quoted(r.Scope)
	if slices.Contains(strings.Fields(r.Scope), "openid") {
		return []Cause{cause(responseDropped, FitLikely, evidence)}
	}
	return []Cause{
		cause(responseNoOpenID, FitLikely, evidence), cause(responseDropped, FitPossible, ""),
	}
}
