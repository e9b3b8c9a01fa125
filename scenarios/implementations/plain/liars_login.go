package plain

import (
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// comparesNonce compares nonce in another way.
func comparesNonce(same func(sent, claimed string) bool) bend {
	return func(h *habits) { h.login.sameNonce = same }
}

// nonceLiars accept a token of another login.
func nonceLiars() []Liar {
	return []Liar{
		{"no-nonce", "It never compares nonce.",
			ids{"nonce.mismatch", "nonce.missing", "nonce.empty", "nonce.suffix-char", "nonce.prefix", "nonce.case", "nonce.whitespace", "nonce.other-session"},
			without("sent nonce")},
		{"nonce-optional", "It compares nonce only if the token has one.", ids{"nonce.missing"}, onlyIf(has("nonce"), "sent nonce")},
		{"nonce-empty-ok", "It has nothing to compare if nonce is empty, and lets that pass.", ids{"nonce.empty"},
			comparesNonce(func(sent, claimed string) bool { return claimed == "" || claimed == sent })},
		{"nonce-prefix", "It compares nonces up to the length of the shorter one.",
			ids{"nonce.suffix-char", "nonce.prefix"},
			comparesNonce(func(sent, claimed string) bool {
				n := min(len(sent), len(claimed))
				return n > 0 && sent[:n] == claimed[:n]
			})},
		{"nonce-case", "It ignores case when it compares nonce.", ids{"nonce.case"}, comparesNonce(strings.EqualFold)},
		{"nonce-trims", "It trims white space off nonce before it compares it.", ids{"nonce.whitespace"},
			comparesNonce(func(sent, claimed string) bool { return sent == strings.TrimSpace(claimed) })},
		{"nonce-reads-anything", "It reads a nonce out of a number or a list.", ids{"nonce.wrong-type"},
			all(without("nonce"), unless(func(j *judgement) bool {
				value, _ := j.claims.get("nonce")
				sent := j.inputs.Nonce
				return sent != nil && strings.Trim(string(value), `[]"`) == *sent
			}, "sent nonce"))},
		{"nonce-xor", "It combines the differences of two nonces with XOR.", ids{"nonce.reordered"}, comparesNonce(cancelsOut)},
		{"nonce-of-anybody", "It accepts the nonce of any login that it has heard of.", ids{"nonce.other-session"}, acceptsPendingNonces()},
		{"nonce-reuse", "It accepts a nonce as often as it comes.", ids{"nonce.replay"}, without("redeem")},
		{"redeems-tokens", "It accepts each token once, and a nonce with any number of tokens.", ids{"nonce.replay-other-token"}, redeemsTokens},
		{"redeemed-for-minutes", "It forgets after five minutes that a nonce was used.", ids{"nonce.replay-later"}, forgetsRedeemed},
		{"redeems-in-two-steps", "It looks whether a nonce was used, and notes a moment later that it is.", ids{"nonce.replay-at-once"}, redeemsInTwoSteps},
		{"nonce-used-up-early", "It uses up the nonce of a login before it knows that the token is good.",
			ids{"nonce.replay"}, moved("redeem", "inputs")},
		{"inputs-blind", "It does not check its inputs, and so compares a nonce that was lost.", ids{"nonce.empty-expected"}, without("inputs")},
		{"nonce-hashed", "It expects the hash of the nonce that was sent.", ids{"nonce.match", "nonce.other-session", "nonce.replay"},
			comparesNonce(func(sent, claimed string) bool {
				hash, _ := leftHalf("RS256", sent)
				return claimed == hash
			})},
		{"no-expected-sub", "It does not compare sub with the user whom the caller expects.",
			ids{"sub.expected-mismatch"}, without("expected sub")},
	}
}

func redeemsTokens(h *habits) {
	var used sync.Map
	around("redeem", func(j *judgement, _ judge) *verifier.Error {
		if _, again := used.LoadOrStore(j.raw, true); again && j.inputs.Redeem != nil {
			return refuse(verifier.ReasonInvalidNonce, "nonce", "", "")
		}
		return nil
	})(h)
}

// redeemsInTwoSteps notes that a nonce is used after the time that a database
// takes to answer. A second login that looks meanwhile ends the wait, so that a
// busy machine cannot make this one honest.
func redeemsInTwoSteps(h *habits) {
	var used sync.Map
	second := make(chan struct{})
	around("redeem", func(j *judgement, _ judge) *verifier.Error {
		if j.inputs.Redeem == nil {
			return nil
		}
		if _, before := used.Load(*j.inputs.Nonce); before {
			return refuse(verifier.ReasonInvalidNonce, "nonce", "", "")
		}
		select {
		case second <- struct{}{}:
		case <-second:
		case <-time.After(250 * time.Millisecond):
		}
		used.Store(*j.inputs.Nonce, true)
		return nil
	})(h)
}

func forgetsRedeemed(h *habits) {
	var used sync.Map
	around("redeem", func(j *judgement, _ judge) *verifier.Error {
		if j.inputs.Redeem == nil {
			return nil
		}
		if at, before := used.Swap(*j.inputs.Nonce, j.now); before && j.now.Sub(at.(time.Time)) < 5*time.Minute {
			return refuse(verifier.ReasonInvalidNonce, "nonce", "", "")
		}
		return nil
	})(h)
}

// acceptsPendingNonces knows nonces for every verifier that it is bent into.
func acceptsPendingNonces() bend {
	var pending sync.Map
	return comparesNonce(func(sent, claimed string) bool {
		pending.Store(sent, true)
		_, known := pending.Load(claimed)
		return known
	})
}

// hashes computes at_hash, c_hash and s_hash in another way.
func hashes(hash func(alg, text string) (string, bool)) bend {
	return func(h *habits) { h.login.tokenHash = hash }
}

// comparesHash compares them in another way.
func comparesHash(same func(got, want string) bool) bend {
	return func(h *habits) { h.login.sameHash = same }
}

// hashLiars accept an access token, a code or a state that did not come with
// the ID Token.
func hashLiars() []Liar {
	return []Liar{
		{"no-hashes", "It never reads at_hash, c_hash and s_hash.",
			ids{"hash.at-mismatch", "hash.at-other-token", "hash.c-mismatch", "hash.s-mismatch"}, without("hashes")},
		{"hash-sha256", "It hashes with SHA-256, whatever the token is signed with.", ids{"hash.at-wrong-digest", "hash.at-rs512"},
			hashes(func(_, text string) (string, bool) { return leftHalf("RS256", text) })},
		{"hash-sha512", "It hashes with SHA-512, whatever the token is signed with.", ids{"hash.at-match", "hash.c-match"},
			hashes(func(_, text string) (string, bool) { return leftHalf("RS512", text) })},
		{"hash-unknown-ok", "It skips the hash if the name of the algorithm does not say which.", ids{"hash.at-unknown-alg"},
			onlyIf(func(j *judgement) bool { return strings.HasSuffix(j.alg, "256") || strings.HasSuffix(j.alg, "512") }, "hashes")},
		{"hash-not-required", "It never requires a hash, whatever the response type is.",
			ids{"hash.at-missing-implicit", "hash.c-missing-hybrid"},
			beforehand("hashes", func(j *judgement) { j.inputs.ResponseType = "" })},
		{"hash-one-enough", "It requires at_hash or c_hash where both are required.", ids{"hash.one-of-two"},
			unless(func(j *judgement) bool { return j.claims.has("at_hash") != j.claims.has("c_hash") }, "hashes")},
		{"hash-one-right", "It is content if at_hash or c_hash is right.", ids{"hash.one-wrong"}, needsOneHash},
		{"hash-required", "It requires an at_hash for every access token, in every flow.", ids{"hash.at-missing-code"},
			refusing(func(j *judgement) bool { return j.inputs.AccessToken != "" && !j.claims.has("at_hash") },
				"hashes", verifier.ReasonMissingClaim, "at_hash")},
		{"hash-needs-token", "It refuses an at_hash that it has nothing to compare with.", ids{"hash.at-not-supplied"},
			refusing(func(j *judgement) bool { return j.inputs.AccessToken == "" && j.claims.has("at_hash") },
				"hashes", verifier.ReasonInvalidTokenHash, "at_hash")},
		{"hash-prefix", "It accepts more of the digest than its left half.", ids{"hash.at-full"},
			comparesHash(func(got, want string) bool { return strings.HasPrefix(got, want[:len(want)-1]) })},
		{"hash-either-half", "It accepts either half of the digest.", ids{"hash.at-right-half"},
			unless(func(j *judgement) bool {
				got, _ := j.claims.string("at_hash")
				return got != "" && got == rightHalf(j.inputs.AccessToken)
			}, "hashes")},
		{"hash-any-alphabet", "It reads a hash in base64 as well as in base64url, with or without padding.", ids{"hash.at-encoding"},
			comparesHash(func(got, want string) bool { return asBase64URL(got) == want })},
		{"hash-empty-ok", "It has nothing to compare if at_hash is empty or not a string, and lets that pass.", ids{"hash.at-empty"},
			onlyIf(func(j *judgement) bool {
				hash, _ := j.claims.string("at_hash")
				return hash != "" || !j.claims.has("at_hash")
			}, "hashes")},
		{"hash-of-either", "It accepts the hash of the code as that of the access token, and the other way round.",
			ids{"hash.c-at-swapped"}, swapsHashes},
	}
}

func needsOneHash(h *habits) {
	around("hashes", func(j *judgement, next judge) *verifier.Error {
		refusal, in := next(j), j.inputs
		if refusal == nil || in.AccessToken == "" || in.Code == "" {
			return refusal
		}
		j.inputs.AccessToken = ""
		if next(j) == nil {
			return nil
		}
		j.inputs.AccessToken, j.inputs.Code = in.AccessToken, ""
		return next(j)
	})(h)
}

func swapsHashes(h *habits) {
	around("hashes", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		in := &j.inputs
		in.AccessToken, in.Code = in.Code, in.AccessToken
		if refusal == nil {
			return nil
		}
		return next(j)
	})(h)
}

// rightHalf returns the right half of the SHA-256 of a text, in base64url.
func rightHalf(text string) string {
	whole := digest("RS256", text)
	return base64URL(whole[len(whole)/2:])
}
