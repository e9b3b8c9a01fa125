package plain

import (
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// signInLiars do not check when and how the user signed in, or check too much.
func signInLiars() []Liar {
	return []Liar{
		{"no-auth-time", "It never reads auth_time.",
			ids{"auth.missing", "auth.too-old", "auth.max-age-zero-old", "auth.future", "auth.milliseconds", "auth.wrong-type", "auth.after-iat"},
			without("auth_time")},
		{"auth-time-optional", "It checks auth_time only if the token has one.", ids{"auth.missing"}, onlyIf(has("auth_time"), "auth_time")},
		{"max-age-zero-is-none", "It treats a max_age of zero as no max_age.", ids{"auth.max-age-zero-old"},
			onlyIf(func(j *judgement) bool { return j.inputs.MaxAge != nil && *j.inputs.MaxAge > 0 }, "auth_time")},
		{"auth-time-age-only", "It checks how old a login is, and accepts one in the future.", ids{"auth.future", "auth.after-iat"},
			unless(func(j *judgement) bool { age, ok := j.age(); return ok && age <= *j.inputs.MaxAge }, "auth_time")},
		{"auth-time-required", "It requires auth_time in a token with acr or amr although nobody asked for it.", ids{"auth.not-requested"},
			refusing(func(j *judgement) bool {
				return (j.claims.has("acr") || j.claims.has("amr")) && !j.claims.has("auth_time")
			}, "auth_time", verifier.ReasonMissingClaim, "auth_time")},
		{"max-age-milliseconds", "It reads max_age as milliseconds.", ids{"auth.fresh"},
			beforehand("auth_time", func(j *judgement) {
				if j.inputs.MaxAge != nil {
					j.inputs.MaxAge = new(*j.inputs.MaxAge / time.Second * time.Millisecond)
				}
			})},
		{"auth-time-exclusive", "It refuses a login that is exactly as old as max_age allows, at zero every one.", ids{"auth.max-age-zero", "auth.at-max-age"},
			refusing(func(j *judgement) bool { age, ok := j.age(); return ok && age >= *j.inputs.MaxAge },
				"auth_time", verifier.ReasonAuthTooOld, "auth_time")},
		{"no-acr", "It never reads acr.", ids{"acr.mismatch", "acr.missing", "acr.level-zero", "acr.wrong-type"}, without("acr")},
		{"acr-optional", "It checks acr only if the token has one.", ids{"acr.missing"}, onlyIf(has("acr"), "acr")},
		{"acr-any", "It checks that there is an acr, and not which.", ids{"acr.mismatch", "acr.level-zero"}, unless(has("acr"), "acr")},
		{"acr-reads-anything", "It reads an acr out of a number or a list.", ids{"acr.wrong-type"},
			unless(func(j *judgement) bool {
				value, _ := j.claims.get("acr")
				return slices.Contains(j.inputs.ACRValues, strings.Trim(string(value), `[]"`))
			}, "acr")},
		{"acr-first-only", "It accepts only the first of the acr values that are allowed.", ids{"acr.match"},
			beforehand("acr", func(j *judgement) { j.inputs.ACRValues = j.inputs.ACRValues[:min(1, len(j.inputs.ACRValues))] })},
		{"no-amr", "It never reads amr.", ids{"amr.required", "amr.string", "sec.mfa-not-visible"}, without("amr")},
		{"amr-substring", "It searches the JSON text of amr for the method.", ids{"amr.required", "amr.string"},
			onlyIf(func(j *judgement) bool {
				value, _ := j.claims.get("amr")
				return slices.ContainsFunc(j.inputs.AMR, func(method string) bool { return !strings.Contains(string(value), method) })
			}, "amr")},
	}
}

// age returns how long ago the login was, if somebody asks and the token says.
func (j *judgement) age() (time.Duration, bool) {
	value, _ := j.claims.get("auth_time")
	at, ok := j.habits.claims.date(value)
	return j.now.Sub(at), ok && j.inputs.MaxAge != nil
}
