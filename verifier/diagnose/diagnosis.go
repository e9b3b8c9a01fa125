package diagnose

import (
	"time"

	"github.com/assay-id/assay/verifier"
)

// Request says what to diagnose.
type Request struct {
	// Token is what was sent as an ID Token, whatever it is.
	Token string

	// Config is the configuration of the verifier. Its key source, cache and
	// hooks are not used. If Issuer or Audience is empty, the token is compared
	// with what it claims itself, and Diagnosis.Assumed says so.
	Config verifier.Config

	// Inputs are what is known about the login. Nil means nothing.
	Inputs *verifier.Inputs

	// Keys are the keys of the issuer. The zero value means that they are not
	// known, and the signature is not checked.
	Keys verifier.KeyState

	// Retired lists key IDs that the issuer published before.
	Retired []string

	// Now is the time of the diagnosis. Zero means the time by Config.Now, or
	// the current time.
	Now time.Time
}

// Diagnosis says what is wrong with a token.
type Diagnosis struct {
	// Refusal is the refusal of the verifier. Nil if nothing is wrong with the
	// token as far as it was checked.
	Refusal *verifier.Error

	// Signature says what is known of the signature.
	Signature Signature

	// Issuer is the issuer that the token was compared with: the configured one,
	// or the one that it names. It may be no URL.
	Issuer string

	// Assumed lists what was not configured and taken from the token itself:
	// "issuer" and "client ID".
	Assumed []string

	// Kind is what was given, and Marks are the signs of it.
	Kind  Kind
	Marks []string

	// Steps has every check in the order of the verifier.
	Steps []Step

	// Comparisons has the values that differ from the configured ones.
	Comparisons []Comparison

	Key   Key
	Times Times

	// Causes are the causes of the refusal, the one that fits best first, and
	// after them those of the further failures.
	Causes []Cause

	// Response is what DiagnoseResponse has read. Nil otherwise.
	Response *Response

	// Warnings are what the policy accepts and an application should not.
	Warnings []Cause
}

// Accepted reports whether the verifier accepts the token.
func (d *Diagnosis) Accepted() bool {
	return !d.Refused() && d.Signature == SignatureVerified
}

// Refused reports whether something is wrong with the token, or whether there is
// none. A token whose signature was not checked can be neither accepted nor
// refused.
func (d *Diagnosis) Refused() bool {
	return d.Refusal != nil || d.Response != nil && d.Response.Failed()
}

// Signature is what is known of a signature.
type Signature string

// The states of a signature.
const (
	SignatureVerified   Signature = "verified"
	SignatureInvalid    Signature = "invalid"
	SignatureNotChecked Signature = "not checked"
)

// Result is how a check ended.
type Result string

// The results.
const (
	ResultPass Result = "pass"
	ResultFail Result = "fail"
	ResultSkip Result = "skip"
)

// Step is the result of one check.
type Step struct {
	Check  verifier.Check
	Result Result

	// Unverified tells that the check read claims whose signature is not
	// verified: anyone could have written them.
	Unverified bool

	// Err is the refusal of a check that failed.
	Err *verifier.Error

	// Note says why a check was skipped.
	Note string
}

// Comparison is a value that differs from the configured one.
type Comparison struct {
	Claim     string
	Want, Got string

	// At is the offset in bytes of the first difference.
	At int

	// Difference says in words what differs.
	Difference string
}

// Key says which key the token names.
type Key struct {
	Algorithm string // alg of the header
	ID        string // kid of the header
	Named     bool   // whether the header has a kid
	State     KeyState

	// Published lists the key IDs at hand that can be used.
	Published []string
}

// KeyState is what is known of a key.
type KeyState string

// The states of a key.
const (
	KeyUnknown   KeyState = "unknown"       // no keys were given
	KeyPublished KeyState = "published"     // it is in the set
	KeyUnusable  KeyState = "unusable"      // it is in the set and cannot be used
	KeyRetired   KeyState = "retired"       // it was in the set
	KeyMissing   KeyState = "not published" // it was never seen
)

// Times are the dates of a token, and what they mean at the time of the
// diagnosis. A date that is absent or cannot be read is zero.
type Times struct {
	Now, Expiry, IssuedAt, NotBefore time.Time

	// Lifetime is exp minus iat. Zero if one of them is unknown.
	Lifetime time.Duration

	// ExpiredFor is how long the token has been past exp. Zero if it is not.
	ExpiredFor time.Duration

	// EarlyBy is how long the token is not valid yet. Zero if it is.
	EarlyBy time.Duration

	// ClockError is how wrong the clock must be, leeway included, for the token
	// to be good: positive if it is ahead, negative if it is behind.
	ClockError time.Duration
}

// Fit is how well a cause explains what was found.
type Fit string

// The fits, best first.
const (
	FitCertain  Fit = "certain"  // nothing else explains it
	FitLikely   Fit = "likely"   // the usual explanation
	FitPossible Fit = "possible" // cannot be told from the token
	FitUnlikely Fit = "unlikely" // documented for this code, without a sign of it here
)

// Cause is a cause of a refusal.
type Cause struct {
	// Name is stable, such as "issuer.trailing-slash".
	Name string

	// Documented is the name of the cause of the troubleshooting page that it
	// belongs to: see verifier.Code.NamedCauses. Empty if the page has none.
	Documented string

	// Check is the check that it explains.
	Check verifier.Check

	Fit      Fit
	Text     string // what is wrong
	Evidence string // what in the token shows it; may be empty
	Do       string // what to do
}
