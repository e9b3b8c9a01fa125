package plain

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// clientCraft is how a Client does what can be done wrong.
type clientCraft struct {
	checks      []continuity
	verify      func(p *Verifier, ctx context.Context, answer Held) (map[string]any, error)
	read        func(body []byte) (answer Held, wrong string)
	keeps       func(held, answered string) string // which refresh token
	repeats     func(*noTokens) bool               // whether to ask again at once after an answer
	ends        func(code string) bool             // whether an error ends the session
	pause       func(failures int, retryAfter time.Duration) time.Duration
	redirect    func(next *http.Request, via []*http.Request) error
	shares      bool // whether one exchange serves all who ask meanwhile
	asksWithout bool // whether it asks without a refresh token
	takesAll    bool // whether every refresh succeeds, without an exchange
}

// honestClient returns the habits of a client that does everything right.
func honestClient() clientCraft {
	return clientCraft{
		checks: continuities(),
		verify: func(p *Verifier, ctx context.Context, answer Held) (map[string]any, error) {
			return p.VerifyWith(ctx, answer.IDToken, verifier.Inputs{AccessToken: answer.AccessToken})
		},
		read:     readTokens,
		keeps:    newest,
		repeats:  func(*noTokens) bool { return false },
		ends:     func(code string) bool { return code == "invalid_grant" },
		pause:    pauseAfter,
		redirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		shares:   true,
	}
}

// newest returns the refresh token of the answer, if it has one. RFC 6749, 6.
func newest(held, answered string) string {
	if answered == "" {
		return held
	}
	return answered
}

// continuity is a claim in which a refreshed ID Token must continue the session.
// OIDC Core 1.0, 12.2.
type continuity struct {
	claim     string
	continues func(s session, next map[string]any) bool
}

func continuities() []continuity {
	unchanged := func(claim string) continuity {
		return continuity{claim, func(s session, next map[string]any) bool { return sameJSON(s.first[claim], next[claim]) }}
	}
	return []continuity{
		unchanged("iss"), unchanged("sub"), unchanged("azp"),
		{"nonce", func(s session, next map[string]any) bool {
			return next["nonce"] == nil || sameJSON(s.first["nonce"], next["nonce"])
		}},
		{"auth_time", func(s session, next map[string]any) bool {
			return next["auth_time"] == nil || s.first["auth_time"] == nil || sameJSON(s.first["auth_time"], next["auth_time"])
		}},
		{"iat", func(s session, next map[string]any) bool {
			return !moment(next["iat"]).Before(moment(s.held.Claims["iat"]))
		}},
		{"aud", func(s session, next map[string]any) bool {
			after := list(next["aud"])
			return !slices.ContainsFunc(list(s.first["aud"]), func(a any) bool { return !slices.Contains(after, a) })
		}},
	}
}

// sameJSON reports whether two claims have one JSON text.
func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// moment returns the time that a claim is, or the zero time.
func moment(claim any) time.Time {
	number, ok := claim.(json.Number)
	if !ok {
		return time.Time{}
	}
	t, _ := numericDate(jsontext.Value(number))
	return t
}

// list returns a claim that is a value or a list of them.
func list(claim any) []any {
	if many, ok := claim.([]any); ok {
		return many
	}
	return []any{claim}
}
