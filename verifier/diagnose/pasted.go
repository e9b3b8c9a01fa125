package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// pasted returns what is wrong with the text that was given.
func (e *evidence) pasted(check verifier.Check) []Cause {
	if !slices.Contains(ofTheText(), check) {
		if check == verifier.CheckSignature {
			return e.oddSignature()
		}
		return nil
	}
	var list []Cause
	for _, name := range e.given.faults {
		list = append(list, cause(name, FitCertain, ""))
	}
	switch e.given.kind {
	case "":
		switch {
		case len(list) > 0:
		case e.shortened():
			list = append(list, cause(pasteShortened, FitCertain, "it has dots for what was left out"))
		case e.cut(check):
			list = append(list, cause(pasteCut, FitCertain, "a part of it is missing"))
		case check == verifier.CheckSegments && e.kind != KindEncrypted:
			list = append(list, cause(pasteExtra, FitLikely, "it has more than three parts"))
		case check == verifier.CheckEncoding:
			list = e.oddSignature()
		}
	case KindNothing:
	case KindSecret:
		list = append(list, cause(pasteSecret, FitCertain, "it begins as "+e.given.what+" does"))
	case KindIdentifier:
		list = append(list, cause(pasteIdentifier, FitCertain, "it is "+e.given.what))
	case KindRefreshToken:
		list = append(list, cause(pasteRefresh, FitLikely, "it looks like one"))
	default:
		list = append(list, cause(pasteOther, FitCertain, "it is "+e.given.what))
	}
	return list
}

// ofTheText lists the checks that fail for a text which is not all of a token.
func ofTheText() []verifier.Check {
	return []verifier.Check{
		verifier.CheckSize, verifier.CheckSegments, verifier.CheckHeader, verifier.CheckEncoding, verifier.CheckPayload,
	}
}

// shortened reports whether a part of the token was replaced with an ellipsis.
func (e *evidence) shortened() bool {
	return strings.Contains(e.given.token, "...") || strings.Contains(e.given.token, "…")
}

// cut reports whether a part of the token is missing.
func (e *evidence) cut(check verifier.Check) bool {
	token := e.given.token
	switch check {
	case verifier.CheckSegments:
		return e.kind != KindEncrypted && strings.Count(token, ".") < 2
	case verifier.CheckEncoding:
		return strings.HasSuffix(token, ".") || len(e.signature) == 0
	}
	return false
}

// maxExtra is how many bytes too many a signature may have to be taken for one
// that something follows: a few characters, not half of another signature.
const maxExtra = 24

// oddSignature returns what the length of the signature says: that a part of it
// is missing, or that something follows it.
func (e *evidence) oddSignature() []Cause {
	sizes, n := signatureSizes(e.key.Algorithm), len(e.signature)
	if len(sizes) == 0 || slices.Contains(sizes, n) || e.inDER() {
		return nil
	}
	evidence := fmt.Sprintf("the signature has %d bytes, which no key of %s makes", n, e.key.Algorithm)
	for _, size := range sizes {
		if n > size && n <= size+maxExtra {
			return []Cause{cause(pasteExtra, FitLikely, evidence)}
		}
	}
	if n > sizes[len(sizes)-1] {
		return []Cause{cause(pasteExtra, FitCertain, evidence)}
	}
	return []Cause{cause(pasteCut, FitCertain, evidence)}
}

// signatureSizes lists the lengths of signatures in bytes: of RSA those with the
// usual keys.
func signatureSizes(alg string) []int {
	switch alg {
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		return []int{256, 384, 512}
	case "ES256":
		return []int{64}
	case "ES384":
		return []int{96}
	case "ES512":
		return []int{132}
	}
	return nil
}

// inDER reports whether the signature looks like an ECDSA signature in DER, which
// begins as a sequence and has another length.
func (e *evidence) inDER() bool {
	return strings.HasPrefix(e.key.Algorithm, "ES") && len(e.signature) > 8 && e.signature[0] == 0x30 &&
		!slices.Contains(signatureSizes(e.key.Algorithm), len(e.signature))
}

// otherKind returns the kind of the token as a cause, if it explains why the
// check fails.
func (e *evidence) otherKind(check verifier.Check) []Cause {
	names := map[Kind]causeName{
		KindAccessToken: tokenAccess, KindMachineToken: tokenMachine, KindInitiated: tokenInitiated,
		KindLogoutToken: tokenLogout, KindEncrypted: tokenEncrypted,
	}
	name, other := names[e.kind]
	if !other || !slices.Contains(ofTheKind(e), check) {
		return nil
	}
	return []Cause{cause(name, FitCertain, strings.Join(e.marks, ", "))}
}

// ofTheKind lists the checks that a token of another kind fails.
func ofTheKind(e *evidence) []verifier.Check {
	checks := []verifier.Check{
		verifier.CheckSegments, verifier.CheckType, verifier.CheckAudience, verifier.CheckAuthorizedParty, verifier.CheckSubject,
		verifier.CheckKind, verifier.CheckShape, verifier.CheckLogin, verifier.CheckUser,
	}
	if strings.Contains(e.facts.text("iss"), "/resources/res_") {
		checks = append(checks, verifier.CheckIssuer)
	}
	if e.kind == KindLogoutToken {
		checks = append(checks, verifier.CheckExpiry)
	}
	return checks
}
