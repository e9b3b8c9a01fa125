package verifier

import "strings"

// header holds the parameters of a JOSE header that Verify needs.
type header struct {
	alg    Algorithm
	kid    string
	hasKid bool
}

// query returns what to ask a key source for.
func (h *header) query() KeyQuery { return KeyQuery{KeyID: h.kid, HasKeyID: h.hasKid} }

// The header parameters that are read. The others, jku, jwk, x5u and x5c among
// them, are never looked at: keys come only from the JWK Set. OIDC Core 1.0,
// 3.1.3.7 item 6; RFC 8725, 3.10.
const (
	seenAlg = 1 << iota
	seenKid
	seenTyp
	seenCrit
)

// headerText is what was read of the JSON text of a JOSE header.
type headerText struct {
	header
	seen uint
	typ  string
	crit *Error // the refusal that crit causes
}

// scanHeader reads the JSON text of a JOSE header into h. It refuses only what
// is wrong JSON.
func scanHeader(text string, h *headerText) *Error {
	p := scanner{s: text}
	if !p.begin() {
		return p.err("header")
	}
	for {
		name, done, ok := p.next()
		if !ok {
			return p.err("header")
		}
		if done {
			return nil
		}
		var bit uint
		switch name {
		case "alg":
			bit = seenAlg
			var alg string
			alg, ok = p.headerString(name)
			h.alg = Algorithm(alg)
		case "kid":
			bit = seenKid
			h.kid, ok = p.headerString(name)
			h.hasKid = true
		case "typ":
			bit = seenTyp
			h.typ, ok = p.headerString(name)
		case "crit":
			bit = seenCrit
			h.crit, ok = p.critical()
		default:
			ok = p.fresh(name) && p.skip()
		}
		if ok && h.seen&bit != 0 {
			ok = p.fail("duplicate member name")
		}
		if !ok {
			return p.err("header")
		}
		h.seen |= bit
	}
}

// checkAlgorithm checks alg. RFC 8725, 3.1.
func (v *Verifier) checkAlgorithm(h *headerText) *Error {
	if h.seen&seenAlg == 0 {
		return &Error{
			Reason: ReasonMalformedToken, Claim: "alg", Detail: "it is missing from the header",
		}
	}
	if !v.algs.has(h.alg) {
		return &Error{
			Reason: ReasonAlgNotAllowed, Claim: "alg", Got: clip(string(h.alg)),
			Want: v.algs.String(),
		}
	}
	return nil
}

// checkType checks typ. RFC 8725, 3.11.
func (v *Verifier) checkType(h *headerText) *Error {
	if h.seen&seenTyp != 0 && !isJWTType(h.typ) {
		return &Error{
			Reason: ReasonUnsupportedTokenType, Claim: "typ", Got: clip(h.typ), Want: "JWT",
		}
	}
	return nil
}

// headerString reads the value of a parameter that must be a string.
func (p *scanner) headerString(name string) (string, bool) {
	if p.peek() != kindString {
		return "", p.fail(name + " is not a string")
	}
	return p.str()
}

// critical reads the value of crit. This verifier understands no extension, so
// even a well-formed list is a refusal; an ill-formed one is a fault of the
// token. RFC 7515, 4.1.11.
func (p *scanner) critical() (*Error, bool) {
	const shape = "crit is not an array of strings"
	if p.peek() != kindArray {
		return nil, p.fail(shape)
	}
	p.i++
	refusal := &Error{
		Reason: ReasonUnsupportedCritical, Claim: "crit", Detail: "no extension is understood",
	}
	for first := true; ; first = false {
		done, ok := p.element(']', first)
		if !ok {
			return nil, false
		}
		if done {
			if first {
				refusal.Detail = "the list is empty"
			}
			return refusal, true
		}
		if p.peek() != kindString {
			return nil, p.fail(shape)
		}
		name, ok := p.str()
		if !ok {
			return nil, false
		}
		if first {
			refusal.Got = clip(name)
		}
	}
}

// isJWTType reports whether typ names a plain JWT. Another type is another
// kind of token of the same provider, such as an access token (at+jwt) or a
// logout token. It is compared as a media type whose application/ prefix may
// be left out. RFC 7519, 5.1; RFC 7515, 4.1.9; RFC 8725, 3.11.
func isJWTType(typ string) bool {
	const prefix = "application/"
	if len(typ) > len(prefix) && strings.EqualFold(typ[:len(prefix)], prefix) {
		typ = typ[len(prefix):]
	}
	return strings.EqualFold(typ, "JWT")
}
