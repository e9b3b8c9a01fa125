package plain

import (
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// loginLiars do not ask whether a token is of the login that it comes from, or
// ask for too much.
func loginLiars() []Liar {
	return slices.Concat(nonceLiars(), hashLiars(), authLiars())
}

// dropping is a liar that leaves one check out.
func dropping(name, drops, check string, caughtBy ...string) Liar {
	return Liar{name, drops, caughtBy, func(c *craft) { c.drop(check) }}
}

// sparing is a liar that makes a check only where the condition holds.
func sparing(name, drops, check string, where func(*judgement) bool, caughtBy ...string) Liar {
	return Liar{name, drops, caughtBy, func(c *craft) { c.only(check, where) }}
}

// hasClaim reports whether a token has a claim.
func hasClaim(name string) func(*judgement) bool {
	return func(j *judgement) bool { return j.claims.has(name) }
}

// nonceLiars take a token of another login.
func nonceLiars() []Liar {
	compare := func(name, drops string, same func(sent, claimed string) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.sameNonce = same }}
	}
	var pending sync.Map
	return []Liar{
		dropping("no-nonce", "It never compares nonce.", "sent nonce",
			"nonce.mismatch", "nonce.missing", "nonce.empty", "nonce.suffix-char", "nonce.prefix", "nonce.case", "nonce.whitespace", "nonce.other-session"),
		sparing("nonce-optional", "It compares nonce only where the token has one.", "sent nonce", hasClaim("nonce"), "nonce.missing"),
		compare("nonce-empty-ok", "It has nothing to compare in an empty nonce, and lets it pass.",
			func(sent, claimed string) bool { return claimed == "" || claimed == sent }, "nonce.empty"),
		compare("nonce-prefix", "It compares no more of the nonce than both sides have.",
			func(sent, claimed string) bool {
				n := min(len(sent), len(claimed))
				return n > 0 && sent[:n] == claimed[:n]
			}, "nonce.suffix-char", "nonce.prefix"),
		compare("nonce-case", "It compares nonce without regard to case.", strings.EqualFold, "nonce.case"),
		compare("nonce-trims", "It takes white space off the nonce before it compares.",
			func(sent, claimed string) bool { return sent == strings.TrimSpace(claimed) }, "nonce.whitespace"),
		{
			Name:     "nonce-reads-anything",
			Fault:    "It reads a nonce out of a number or a list.",
			CaughtBy: []string{"nonce.wrong-type"},
			bend: func(c *craft) {
				c.drop("nonce")
				c.wrap("sent nonce", func(j *judgement, next judge) *verifier.Error {
					value, _ := j.claims.get("nonce")
					if sent := j.inputs.Nonce; sent != nil && strings.Trim(string(value), `[]"`) == *sent {
						return nil
					}
					return next(j)
				})
			},
		},
		compare("nonce-of-anybody", "It takes the nonce of every login that it has heard of.",
			func(sent, claimed string) bool {
				pending.Store(sent, true)
				_, known := pending.Load(claimed)
				return known
			}, "nonce.other-session"),
		dropping("nonce-reuse", "It takes a nonce as often as it comes.", "redeem", "nonce.replay"),
		{
			Name:     "nonce-used-up-early",
			Fault:    "It uses up the nonce of a login before it knows that the token is good.",
			CaughtBy: []string{"nonce.replay"},
			bend:     func(c *craft) { c.move("redeem", "inputs") },
		},
		dropping("inputs-blind", "It takes every input, and so compares a nonce that was lost.", "inputs", "nonce.empty-expected"),
		compare("nonce-hashed", "It expects the hash of the nonce that was sent.",
			func(sent, claimed string) bool {
				hash, _ := leftHalf("RS256", sent)
				return claimed == hash
			}, "nonce.match", "nonce.other-session", "nonce.replay"),
		dropping("no-expected-sub", "It does not compare sub with the user that the caller knows.", "expected sub", "sub.expected-mismatch"),
	}
}

// hashLiars take an access token, a code or a state that did not come with the
// ID Token.
func hashLiars() []Liar {
	expect := func(name, drops string, hash func(alg, text string) (string, bool), caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.tokenHash = hash }}
	}
	compare := func(name, drops string, same func(got, want string) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.sameHash = same }}
	}
	return []Liar{
		dropping("no-hashes", "It never reads at_hash, c_hash and s_hash.", "hashes",
			"hash.at-mismatch", "hash.at-other-token", "hash.c-mismatch", "hash.s-mismatch"),
		expect("hash-sha256", "It hashes with SHA-256 whatever the token is signed with.",
			func(_, text string) (string, bool) { return leftHalf("RS256", text) },
			"hash.at-wrong-digest", "hash.at-rs512"),
		expect("hash-sha512", "It hashes with SHA-512 whatever the token is signed with.",
			func(_, text string) (string, bool) { return leftHalf("RS512", text) },
			"hash.at-match", "hash.c-match"),
		sparing("hash-unknown-ok", "It leaves the hash out where the name of the algorithm has none.", "hashes",
			func(j *judgement) bool { return strings.HasSuffix(j.alg, "256") || strings.HasSuffix(j.alg, "512") },
			"hash.at-unknown-alg"),
		{
			Name:     "hash-not-required",
			Fault:    "It misses no hash, whatever the response type is.",
			CaughtBy: []string{"hash.at-missing-implicit", "hash.c-missing-hybrid"},
			bend: func(c *craft) {
				c.wrap("hashes", func(j *judgement, next judge) *verifier.Error {
					j.inputs.ResponseType = ""
					return next(j)
				})
			},
		},
		{
			Name:     "hash-required",
			Fault:    "It demands a hash of everything that came with the token, in every flow.",
			CaughtBy: []string{"hash.at-missing-code"},
			bend: func(c *craft) {
				c.wrap("hashes", func(j *judgement, next judge) *verifier.Error {
					if j.inputs.AccessToken != "" && !j.claims.has("at_hash") {
						return refuse(verifier.ReasonMissingClaim, "at_hash", "", "")
					}
					return next(j)
				})
			},
		},
		{
			Name:     "hash-needs-token",
			Fault:    "It refuses an at_hash that it has nothing to compare with.",
			CaughtBy: []string{"hash.at-not-supplied"},
			bend: func(c *craft) {
				c.wrap("hashes", func(j *judgement, next judge) *verifier.Error {
					if j.inputs.AccessToken == "" && j.claims.has("at_hash") {
						return refuse(verifier.ReasonInvalidTokenHash, "at_hash", "", "")
					}
					return next(j)
				})
			},
		},
		compare("hash-prefix", "It takes more of the digest than its left half.",
			func(got, want string) bool { return strings.HasPrefix(got, want[:len(want)-1]) }, "hash.at-full"),
		{
			Name:     "hash-either-half",
			Fault:    "It takes either half of the digest.",
			CaughtBy: []string{"hash.at-right-half"},
			bend: func(c *craft) {
				c.wrap("hashes", func(j *judgement, next judge) *verifier.Error {
					if got, _ := j.claims.text("at_hash"); got != "" && got == rightHalf(j.inputs.AccessToken) {
						return nil
					}
					return next(j)
				})
			},
		},
		compare("hash-any-alphabet", "It reads a hash in base64 as well as in base64url, with padding or without.",
			func(got, want string) bool {
				return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(got) == want
			}, "hash.at-encoding"),
		sparing("hash-empty-ok", "It has nothing to compare where at_hash is empty or no text, and lets that pass.", "hashes",
			func(j *judgement) bool {
				hash, _ := j.claims.text("at_hash")
				return hash != "" || !j.claims.has("at_hash")
			}, "hash.at-empty"),
		{
			Name:     "hash-of-either",
			Fault:    "It takes the hash of the code for that of the access token, and the other way round.",
			CaughtBy: []string{"hash.c-at-swapped"},
			bend: func(c *craft) {
				c.wrap("hashes", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					in := &j.inputs
					in.AccessToken, in.Code = in.Code, in.AccessToken
					if refusal == nil {
						return nil
					}
					return next(j)
				})
			},
		},
	}
}

// rightHalf returns the text of the right half of the SHA-256 of a text.
func rightHalf(text string) string {
	whole := digest("RS256", text)
	return base64.RawURLEncoding.EncodeToString(whole[len(whole)/2:])
}

// authLiars do not ask when and how the user signed in.
func authLiars() []Liar {
	return []Liar{
		dropping("no-auth-time", "It never reads auth_time.", "auth_time",
			"auth.missing", "auth.too-old", "auth.max-age-zero-old", "auth.future", "auth.wrong-type", "auth.after-iat"),
		sparing("auth-time-optional", "It checks auth_time only where the token has one.", "auth_time", hasClaim("auth_time"), "auth.missing"),
		sparing("max-age-zero-is-none", "It takes a max_age of zero for none.", "auth_time",
			func(j *judgement) bool { return j.inputs.MaxAge != nil && *j.inputs.MaxAge > 0 }, "auth.max-age-zero-old"),
		{
			Name:     "auth-time-age-only",
			Fault:    "It asks how old a login is, and takes one that is yet to come.",
			CaughtBy: []string{"auth.future", "auth.after-iat"},
			bend: func(c *craft) {
				c.wrap("auth_time", func(j *judgement, next judge) *verifier.Error {
					value, _ := j.claims.get("auth_time")
					if at, ok := j.craft.date(value); ok && j.inputs.MaxAge != nil && j.now.Sub(at) <= *j.inputs.MaxAge {
						return nil
					}
					return next(j)
				})
			},
		},
		{
			Name:     "auth-time-required",
			Fault:    "It demands auth_time of a token with acr or amr although nobody asked for it.",
			CaughtBy: []string{"auth.not-requested"},
			bend: func(c *craft) {
				c.wrap("auth_time", func(j *judgement, next judge) *verifier.Error {
					if (j.claims.has("acr") || j.claims.has("amr")) && !j.claims.has("auth_time") {
						return refuse(verifier.ReasonMissingClaim, "auth_time", "", "")
					}
					return next(j)
				})
			},
		},
		{
			Name:     "max-age-milliseconds",
			Fault:    "It takes max_age for milliseconds.",
			CaughtBy: []string{"auth.fresh"},
			bend: func(c *craft) {
				c.wrap("auth_time", func(j *judgement, next judge) *verifier.Error {
					if j.inputs.MaxAge != nil {
						short := *j.inputs.MaxAge / time.Second * time.Millisecond
						j.inputs.MaxAge = &short
					}
					return next(j)
				})
			},
		},
		{
			Name:     "auth-time-exclusive",
			Fault:    "It refuses a login that is exactly as old as max_age allows, at zero every one.",
			CaughtBy: []string{"auth.max-age-zero"},
			bend: func(c *craft) {
				c.wrap("auth_time", func(j *judgement, next judge) *verifier.Error {
					value, _ := j.claims.get("auth_time")
					if at, ok := j.craft.date(value); ok && j.inputs.MaxAge != nil && j.now.Sub(at) >= *j.inputs.MaxAge {
						return refuse(verifier.ReasonAuthTooOld, "auth_time", clock(at), "")
					}
					return next(j)
				})
			},
		},
		dropping("no-acr", "It never reads acr.", "acr", "acr.mismatch", "acr.missing", "acr.level-zero", "acr.wrong-type"),
		sparing("acr-optional", "It checks acr only where the token has one.", "acr", hasClaim("acr"), "acr.missing"),
		sparing("acr-any", "It asks whether there is an acr, and not which.", "acr", not(hasClaim("acr")), "acr.mismatch", "acr.level-zero"),
		{
			Name:     "acr-reads-anything",
			Fault:    "It reads an acr out of a number or a list.",
			CaughtBy: []string{"acr.wrong-type"},
			bend: func(c *craft) {
				c.only("acr", func(j *judgement) bool {
					value, _ := j.claims.get("acr")
					return !slices.Contains(j.inputs.ACRValues, strings.Trim(string(value), `[]"`))
				})
			},
		},
		{
			Name:     "acr-first-only",
			Fault:    "It knows the first of the values of acr that will do.",
			CaughtBy: []string{"acr.match"},
			bend: func(c *craft) {
				c.wrap("acr", func(j *judgement, next judge) *verifier.Error {
					j.inputs.ACRValues = j.inputs.ACRValues[:min(1, len(j.inputs.ACRValues))]
					return next(j)
				})
			},
		},
		dropping("no-amr", "It never reads amr.", "amr", "amr.required", "amr.string", "sec.mfa-not-visible"),
		{
			Name:     "amr-substring",
			Fault:    "It searches the text of amr for the method.",
			CaughtBy: []string{"amr.required", "amr.string"},
			bend: func(c *craft) {
				c.only("amr", func(j *judgement) bool {
					value, _ := j.claims.get("amr")
					return slices.ContainsFunc(j.inputs.AMR, func(method string) bool { return !strings.Contains(string(value), method) })
				})
			},
		},
	}
}
