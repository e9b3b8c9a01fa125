package appcheck

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
)

// tokenChecks are about ID Tokens that come through the real callback.
func tokenChecks() []Check {
	forged := func(id, title string, level reports.Level, spec []string, advice string, changes ...forge.Change) Check {
		return Check{
			ID: id, Title: title, Level: level, Spec: spec, Want: "nobody is signed in", Advice: advice,
			run: func(ctx context.Context, w *world) (finding, error) { return w.forgedLogin(ctx, changes) },
		}
	}
	set := func(name string, value any) forge.Change {
		return forge.Change{Claims: forge.Patch{Set: keyring.Object{{Name: name, Value: value}}}}
	}
	nonce := forged("app.nonce", "The ID Token has another nonce, or none", reports.LevelMust,
		[]string{"OIDC Core 1.0 §3.1.3.7 item 11"},
		"compare the nonce of the ID Token with the one of this login, and refuse a token without",
		set("nonce", "another"), forge.Change{Claims: forge.Patch{Drop: []string{"nonce"}}})
	plain := nonce.run
	nonce.run = func(ctx context.Context, w *world) (finding, error) {
		if w.survey.login.request.Get("nonce") == "" {
			return skipped("the application sends no nonce, which the code flow leaves to it"), nil
		}
		return plain(ctx, w)
	}
	return []Check{
		nonce,
		forged("app.id-token-iss", "The ID Token has another issuer", reports.LevelMust, []string{"OIDC Core 1.0 §3.1.3.7 item 2"},
			"compare iss with the issuer, exactly", set("iss", "https://other.invalid")),
		forged("app.id-token-aud", "The ID Token is for another client", reports.LevelMust, []string{"OIDC Core 1.0 §3.1.3.7 item 3"},
			"compare aud with the client ID: otherwise the token of any application of the provider signs in", set("aud", "skc_another")),
		forged("app.id-token-exp", "The ID Token has expired", reports.LevelMust, []string{"OIDC Core 1.0 §3.1.3.7 item 9"},
			"compare exp with the clock",
			forge.Change{Claims: forge.Patch{Shift: map[string]time.Duration{"exp": -2 * time.Hour, "iat": -2 * time.Hour}}}),
		forged("app.id-token-unsigned", "The ID Token has no signature", reports.LevelHardening,
			[]string{"OIDC Core 1.0 §3.1.3.7 item 6", "OIDC Core 1.0 §3.1.3.7 item 7"},
			"allow only the algorithms that the provider uses: a token that is passed on, to Char for instance, is refused there",
			forge.Change{Header: forge.Patch{Set: keyring.Object{{Name: "alg", Value: "none"}}}, Signing: forge.Signing{Alg: "none"}}),
		forged("app.id-token-signature", "The ID Token is signed with the key of an attacker", reports.LevelHardening,
			[]string{"OIDC Core 1.0 §3.1.3.7 item 6"},
			"verify the signature with the keys of the provider: over TLS a client may do without, but what it passes the token on to may not",
			forge.Change{Signing: forge.Signing{KeyName: "attacker"}}),
	}
}

// forgedLogin logs in once for each change of the ID Token.
func (w *world) forgedLogin(ctx context.Context, changes []forge.Change) (finding, error) {
	var notes []string
	for _, change := range changes {
		f := fault.Fault{ID: "forged", Kind: fault.Forge, Attributes: fault.Attributes{Token: string(mockidp.IDToken), Change: change}}
		if err := w.provider.Env.Faults().Add(f); err != nil {
			return finding{}, err
		}
		before := len(w.provider.Env.Faults().Applications())
		a, err := w.try(ctx, nil)
		if err != nil {
			return finding{}, err
		}
		applied := w.provider.Env.Faults().Applications()[before:]
		if len(applied) == 0 {
			return skipped("no ID Token was issued: the application did not ask for one"), nil
		}
		if problem := applied[0].Problem; problem != "" {
			return finding{}, fmt.Errorf("forging the ID Token: %s", problem)
		}
		notes = append(notes, a.note)
		if a.signedIn {
			return failed("the ID Token signed the user in", notes...), nil
		}
	}
	return passed("nobody was signed in", notes...), nil
}
