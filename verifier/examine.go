package verifier

import (
	"context"
	"errors"
	"strings"
)

// Check names one check of a token, in a [Finding].
type Check string

// The checks, in the order in which Verify makes them.
const (
	CheckConfig          Check = "configuration" // what New refuses
	CheckInputs          Check = "inputs"        // what VerifyWith refuses of its Inputs
	CheckSize            Check = "size"
	CheckSegments        Check = "segments"
	CheckHeader          Check = "header" // base64url and JSON
	CheckAlgorithm       Check = "alg"
	CheckType            Check = "typ"
	CheckCritical        Check = "crit"
	CheckEncoding        Check = "encoding" // of the signature
	CheckPayload         Check = "payload"  // base64url and JSON
	CheckIssuer          Check = "iss"
	CheckKey             Check = "key"
	CheckSignature       Check = "signature"
	CheckAudience        Check = "aud"
	CheckAuthorizedParty Check = "azp"
	CheckTimes           Check = "times" // that exp, nbf and iat are dates
	CheckExpiry          Check = "exp"
	CheckNotBefore       Check = "nbf"
	CheckIssuedAt        Check = "iat"
	CheckSubject         Check = "sub"
	CheckNonce           Check = "nonce"
	CheckKind            Check = "kind"  // that it is no other kind of JWT
	CheckShape           Check = "shape" // that it is no access token
	CheckUser            Check = "user"  // what Config.Require says about the user
	CheckRule            Check = "rule"  // Config.Rule
	CheckLogin           Check = "login" // what the Inputs ask for
)

// KeyState is what is known of an issuer's keys at one moment.
type KeyState struct {
	// Set is the JWK Set at hand. Nil if there is none.
	Set *KeySet

	// Err is why there is none, or why the set at hand could not be renewed.
	// With neither Set nor Err no signature is checked.
	Err error
}

// Finding is the result of one check.
type Finding struct {
	Check Check

	// Err is the refusal. Nil if the check passed or was not made.
	Err *Error

	// Skipped says why the check was not made. Empty if it was made.
	Skipped string
}

// Examination is the result of every check of one token.
type Examination struct {
	// Findings has one entry for each check, in the order of Verify; a
	// configuration with several mistakes has one for each of them.
	Findings []Finding

	// Verified tells whether a key of the KeyState, or the client secret,
	// verifies the signature. If it does not, whatever the token says is of
	// unknown origin.
	Verified bool

	// Header and Payload are the decoded JSON texts of the token. Empty if they
	// cannot be decoded; they may be wrong JSON.
	Header, Payload string
}

// Refusal returns the refusal that Verify would return: the first one of the
// findings. Nil means that nothing is wrong with the token as far as it was
// examined.
func (x *Examination) Refusal() *Error {
	for _, f := range x.Findings {
		if f.Err != nil {
			return f.Err
		}
	}
	return nil
}

// Examine makes every check that [New] and [Verifier.VerifyWith] make, and
// continues after the first failure, to find out why a token is refused. It is
// not a way to verify one: it returns no [Token].
//
// The keys are those of the state: Config.Keys and Config.Remote are not used,
// nor are Config.Cache and Config.Hooks. Config.Rule and Inputs.Redeem are
// called only if everything before has passed, as Verify does. in may be nil.
// A token of more than a mebibyte is not read. Examine does no network I/O.
func Examine(
	ctx context.Context, rawIDToken string, cfg Config, keys KeyState, in *Inputs,
) *Examination {
	x := examiner{v: assemble(cfg), keys: keys, scratch: getScratch()}
	defer x.scratch.release()
	mistakes := cfg.mistakes()
	for _, err := range mistakes {
		x.note(CheckConfig, asError(err))
	}
	if len(mistakes) == 0 {
		x.note(CheckConfig, nil)
	}
	if in != nil {
		x.note(CheckInputs, in.validate())
	}
	x.examine(ctx, rawIDToken, in)
	return &x.result
}

// asError returns err, which an *Error caused, as one.
func asError(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}

// maxExaminedBytes bounds the length of a token that is read although it is
// longer than Config.MaxTokenBytes.
const maxExaminedBytes = 1 << 20

// The reasons why checks are not made.
const (
	noSegment  = "the token does not have this part"
	noHeader   = "the header cannot be read"
	noPayload  = "the payload cannot be read"
	noExpiry   = "exp is missing or cannot be read"
	noKeys     = "no keys were given"
	refused    = "the token is refused before"
	notPublic  = "a token with this alg has no public key"
	isSecret   = "the client secret is the key"
	noKeyFound = "no key was found"

	noSignature = "the signature cannot be read"
)

// examiner makes the checks of one token.
type examiner struct {
	v       *Verifier
	keys    KeyState
	scratch *scratch
	result  Examination
}

// note records the result of a check.
func (x *examiner) note(check Check, err *Error) {
	x.result.Findings = append(x.result.Findings, Finding{Check: check, Err: err})
}

// skip records that checks were not made.
func (x *examiner) skip(why string, checks ...Check) {
	for _, check := range checks {
		x.result.Findings = append(x.result.Findings, Finding{Check: check, Skipped: why})
	}
}

// examine makes the checks of the token itself.
func (x *examiner) examine(ctx context.Context, raw string, in *Inputs) {
	parts := x.segments(raw)
	h := x.header(parts.header)
	sig := x.encoding(parts)
	t := x.payload(parts.payload)
	issuer := len(x.result.Findings)
	if t == nil {
		x.skip(noPayload, CheckIssuer)
	} else {
		x.note(CheckIssuer, x.v.checkIssuer(t))
	}
	keyID := x.signed(parts.signed, sig, h)
	if err := x.result.Findings[issuer].Err; err != nil {
		err.Verified = x.result.Verified
	}
	if t == nil {
		for _, c := range claimChecks {
			x.skip(noPayload, c.name)
		}
		return
	}
	if t.KeyID = keyID; h != nil {
		t.Algorithm = h.alg
	}
	x.claims(t)
	x.application(ctx, t, in)
}

// segments makes the checks of the token as a whole, and returns what there is
// of its segments.
func (x *examiner) segments(raw string) segments {
	if len(raw) > x.v.maxBytes {
		x.note(CheckSize, tooLarge(len(raw), x.v.maxBytes))
	} else {
		x.note(CheckSize, nil)
	}
	if len(raw) > maxExaminedBytes {
		x.skip("the token is too long to be read", CheckSegments)
		return segments{}
	}
	parts, err := split(raw)
	x.note(CheckSegments, err)
	if err == nil {
		return parts
	}
	header, rest, several := strings.Cut(raw, ".")
	if !several {
		return segments{}
	}
	payload, _, _ := strings.Cut(rest, ".")
	return segments{header: header, payload: payload}
}

// header makes the checks of the header. It returns nil if that cannot be read.
func (x *examiner) header(segment string) *headerText {
	if segment == "" {
		x.skip(noSegment, CheckHeader, CheckAlgorithm, CheckType, CheckCritical)
		return nil
	}
	h := new(headerText)
	text, err := x.scratch.decodeHeader(segment)
	if err == nil {
		x.result.Header = text
		err = scanHeader(text, h)
	}
	x.note(CheckHeader, err)
	if err != nil {
		x.skip(noHeader, CheckAlgorithm, CheckType, CheckCritical)
		return nil
	}
	x.note(CheckAlgorithm, x.v.checkAlgorithm(h))
	x.note(CheckType, x.v.checkType(h))
	x.note(CheckCritical, h.crit)
	return h
}

// encoding checks how the signature is encoded and returns it, or nil if it
// cannot be read.
func (x *examiner) encoding(parts segments) []byte {
	if parts.signed == "" {
		x.skip(noSegment, CheckEncoding)
		return nil
	}
	sig, err := x.scratch.decodeSignature(parts.signature)
	x.note(CheckEncoding, err)
	return sig
}

// payload reads the claims. It returns nil if they cannot be read.
func (x *examiner) payload(segment string) *Token {
	if segment == "" {
		x.skip(noSegment, CheckPayload)
		return nil
	}
	t := new(Token)
	text, err := x.scratch.decodePayload(segment)
	if err == nil {
		x.scratch.give()
		x.result.Payload = text
		err = scanClaims(text, t)
	}
	x.note(CheckPayload, err)
	if err != nil {
		return nil
	}
	return t
}

// signed finds the key, checks the signature with it, and returns the ID of the
// key that verifies it. h and sig may be nil.
func (x *examiner) signed(input string, sig []byte, h *headerText) (keyID string) {
	if h == nil {
		x.skip(noHeader, CheckKey, CheckSignature)
		return ""
	}
	alg := h.alg.lookup()
	switch {
	case x.v.secret != nil && alg.family == familyHMAC:
		x.skip(isSecret, CheckKey)
	case x.v.secret != nil, alg.family == familyNone, alg.family == familyHMAC:
		x.skip(notPublic, CheckKey, CheckSignature)
		return ""
	}
	var keys []*publicKey
	if x.v.secret == nil {
		why := noKeyFound
		if x.keys.Set == nil && x.keys.Err == nil {
			why = noKeys
		}
		if keys = x.candidates(h.header); keys == nil {
			x.skip(why, CheckSignature)
			return ""
		}
	}
	switch {
	case sig == nil:
		x.skip(noSignature, CheckSignature)
		return ""
	case x.v.secret != nil && verifyMAC(alg, x.v.secret, input, sig):
		x.accept()
		return ""
	}
	for _, k := range keys {
		if k.verifies(alg, input, sig, x.scratch) {
			x.accept()
			return k.id
		}
	}
	x.note(CheckSignature, x.v.badSignature())
	return ""
}

// accept records a good signature.
func (x *examiner) accept() {
	x.note(CheckSignature, nil)
	x.result.Verified = true
}

// candidates finds the keys that a header leads to, or nil.
func (x *examiner) candidates(h header) []*publicKey {
	set, err := x.keys.Set, x.keys.Err
	switch {
	case set == nil && err == nil:
		x.skip(noKeys, CheckKey)
		return nil
	case err != nil && (set == nil || !set.has(h.query())):
		x.note(CheckKey, unavailable(err))
		return nil
	}
	keys, refusal := set.candidates(h)
	x.note(CheckKey, refusal)
	return keys
}

// claims makes the checks of the claims.
func (x *examiner) claims(t *Token) {
	now := x.v.now()
	for _, c := range claimChecks {
		dated := c.name == CheckExpiry || c.name == CheckNotBefore || c.name == CheckIssuedAt
		switch {
		case dated && t.bad(claimExp|claimNbf|claimIat), dated && c.name != CheckExpiry &&
			!t.has(claimExp):
			x.skip(noExpiry, c.name)
		default:
			x.claim(c.name, c.check(x.v, t, now))
		}
	}
}

// claim records the result of a check of what the token says.
func (x *examiner) claim(check Check, err *Error) {
	if err != nil {
		err.Verified = x.result.Verified
	}
	x.note(check, err)
}

// application makes the checks that depend on the application. What has an
// effect there is not called about a token that is refused already.
func (x *examiner) application(ctx context.Context, t *Token, in *Inputs) {
	good := x.result.Verified && x.result.Refusal() == nil
	switch {
	case x.v.cfg.Rule == nil:
	case good:
		x.claim(CheckRule, x.v.checkRule(ctx, t))
	default:
		x.skip(refused, CheckRule)
	}
	if in == nil {
		return
	}
	asked := *in
	if !good || x.result.Refusal() != nil {
		asked.Redeem = nil
	}
	x.claim(CheckLogin, x.v.checkInputs(ctx, t, &asked))
}
