package plain

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// continuity is a claim in which a refreshed ID Token must continue the session.
// OIDC Core 1.0, 12.2.
type continuity struct {
	claim     string
	continues func(s session, next map[string]any) bool
}

func continuities() []continuity {
	return []continuity{
		unchanged("iss"), unchanged("sub"), unchanged("azp"),
		{"nonce", func(s session, next map[string]any) bool {
			return next["nonce"] == nil || sameJSON(s.first["nonce"], next["nonce"])
		}},
		{"auth_time", func(s session, next map[string]any) bool {
			first := s.first["auth_time"]
			return next["auth_time"] == nil || sameJSON(first, next["auth_time"]) ||
				first == nil && !moment(next["auth_time"]).After(moment(s.first["iat"]))
		}},
		{"oid", func(s session, next map[string]any) bool {
			return s.first["oid"] == nil || sameJSON(s.first["oid"], next["oid"])
		}},
		{"iat", func(s session, next map[string]any) bool {
			return !moment(next["iat"]).Before(moment(s.tokens.Claims["iat"]))
		}},
		{"aud", containsAudience},
	}
}

// containsAudience requires every audience of the first ID Token.
func containsAudience(s session, next map[string]any) bool {
	after := list(next["aud"])
	return !slices.ContainsFunc(list(s.first["aud"]), func(a any) bool { return !slices.Contains(after, a) })
}

// unchanged requires the same value as in the first ID Token.
func unchanged(claim string) continuity {
	return continuity{
		claim,
		func(s session, next map[string]any) bool { return sameJSON(s.first[claim], next[claim]) },
	}
}

// verifyAnswer verifies a refreshed ID Token against the access token that came
// with it.
func verifyAnswer(p *Verifier, ctx context.Context, answer Tokens) (map[string]any, error) {
	return p.VerifyWith(ctx, answer.IDToken, verifier.Inputs{AccessToken: answer.AccessToken})
}

// sameJSON reports whether two claims have the same JSON text.
func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// moment returns the time in a claim, or the zero time.
func moment(claim any) time.Time {
	number, ok := claim.(json.Number)
	if !ok {
		return time.Time{}
	}
	t, _ := numericDate(jsontext.Value(number))
	return t
}

// list returns the values of a claim that is a value or a list of them.
func list(claim any) []any {
	if many, ok := claim.([]any); ok {
		return many
	}
	return []any{claim}
}
