package verifier

import (
	"slices"
	"time"
)

// claim is a set of claims, one bit for each claim that the verifier reads.
type claim uint64

const (
	claimIss claim = 1 << iota
	claimSub
	claimAud
	claimExp
	claimIat
	claimNbf
	claimAzp
	claimNonce
	claimAuthTime
	claimACR
	claimAMR
	claimAtHash
	claimCHash
	claimSHash
	claimClientID
	claimOid
	claimXoid
	claimSid
	claimEmail
	claimEmailVerified
	claimName
	claimGivenName
	claimFamilyName
	claimPreferredUsername
	claimPicture
	claimLocale
	claimJti
	claimEvents
	claimVC
	claimScope
	claimScopes
	claimScp
	claimRoles
	claimPermissions
)

// claimBits says which claims a token has.
type claimBits struct {
	// present has the claims that the token contains, and wrongType those of
	// them whose JSON type or range is wrong. They are recorded instead of
	// refused at once, because claims are checked only after the signature.
	present, wrongType claim
}

func (c *claimBits) has(which claim) bool { return c.present&which != 0 }
func (c *claimBits) bad(which claim) bool { return c.wrongType&which != 0 }

// claimByName returns the bit of a claim that is read, and zero for any other
// name.
func claimByName(name string) claim {
	switch name {
	case "iss":
		return claimIss
	case "sub":
		return claimSub
	case "aud":
		return claimAud
	case "exp":
		return claimExp
	case "iat":
		return claimIat
	case "nbf":
		return claimNbf
	case "azp":
		return claimAzp
	case "nonce":
		return claimNonce
	case "auth_time":
		return claimAuthTime
	case "acr":
		return claimACR
	case "amr":
		return claimAMR
	case "at_hash":
		return claimAtHash
	case "c_hash":
		return claimCHash
	case "s_hash":
		return claimSHash
	case "client_id":
		return claimClientID
	case "oid":
		return claimOid
	case "xoid":
		return claimXoid
	case "sid":
		return claimSid
	case "email":
		return claimEmail
	case "email_verified":
		return claimEmailVerified
	case "name":
		return claimName
	case "given_name":
		return claimGivenName
	case "family_name":
		return claimFamilyName
	case "preferred_username":
		return claimPreferredUsername
	case "picture":
		return claimPicture
	case "locale":
		return claimLocale
	case "jti":
		return claimJti
	case "events":
		return claimEvents
	case "vc":
		return claimVC
	case "scope":
		return claimScope
	case "scopes":
		return claimScopes
	case "scp":
		return claimScp
	case "roles":
		return claimRoles
	case "permissions":
		return claimPermissions
	}
	return 0
}

// scanClaims reads the JSON text of a claims object into t. It refuses only
// what is wrong JSON: the values are checked later.
func scanClaims(text string, t *Token) *Error {
	p := scanner{s: text}
	if !p.begin() {
		return p.err("payload")
	}
	for {
		name, done, ok := p.next()
		if !ok {
			return p.err("payload")
		}
		if done {
			break
		}
		which := claimByName(name)
		switch {
		case which == 0:
			ok = p.fresh(name) && p.skip()
		case t.present&which != 0:
			ok = p.fail("duplicate member name")
		default:
			t.present |= which
			ok = p.claim(which, t)
		}
		if !ok {
			return p.err("payload")
		}
	}
	t.payload = text
	return nil
}

// claim reads the value of one claim.
func (p *scanner) claim(which claim, t *Token) bool {
	switch which {
	case claimAud:
		return p.audience(t)
	case claimAMR:
		return p.methods(t)
	case claimExp:
		return p.date(which, &t.Expiry, t)
	case claimIat:
		return p.date(which, &t.IssuedAt, t)
	case claimNbf:
		return p.date(which, &t.NotBefore, t)
	case claimAuthTime:
		return p.date(which, &t.AuthTime, t)
	case claimEmailVerified:
		t.EmailVerified = p.peek() == kindTrue
		return p.skip()
	case claimEvents, claimVC, claimScope, claimScopes, claimScp, claimRoles, claimPermissions, claimJti:
		return p.skip() // only its presence matters
	}
	return p.text(which, textField(which, t), t)
}

// textField returns where the string value of a claim goes.
func textField(which claim, t *Token) *string {
	switch which {
	case claimIss:
		return &t.Issuer
	case claimSub:
		return &t.Subject
	case claimAzp:
		return &t.AuthorizedParty
	case claimNonce:
		return &t.Nonce
	case claimACR:
		return &t.ACR
	case claimAtHash:
		return &t.AccessTokenHash
	case claimCHash:
		return &t.CodeHash
	case claimSHash:
		return &t.stateHash
	case claimClientID:
		return &t.ClientID
	case claimOid:
		return &t.OrganizationID
	case claimXoid:
		return &t.ExternalOrganizationID
	case claimSid:
		return &t.SessionID
	case claimEmail:
		return &t.Email
	case claimName:
		return &t.Name
	case claimGivenName:
		return &t.GivenName
	case claimFamilyName:
		return &t.FamilyName
	case claimPreferredUsername:
		return &t.PreferredUsername
	case claimPicture:
		return &t.Picture
	case claimLocale:
		return &t.Locale
	}
	panic("verifier: internal error: claim without a field")
}

// text reads a string claim. A value of another type is noted and skipped.
func (p *scanner) text(which claim, dst *string, t *Token) bool {
	if p.peek() != kindString {
		t.wrongType |= which
		return p.skip()
	}
	var ok bool
	*dst, ok = p.str()
	return ok
}

// date reads a NumericDate claim.
func (p *scanner) date(which claim, dst *time.Time, t *Token) bool {
	if p.peek() != kindNumber {
		t.wrongType |= which
		return p.skip()
	}
	text, ok := p.number()
	if !ok {
		return false
	}
	d, ok := parseNumericDate(text)
	if !ok {
		t.wrongType |= which
		return true
	}
	*dst = d
	return true
}

// audience reads aud: a string or an array of strings, none of them empty.
func (p *scanner) audience(t *Token) bool {
	t.Audience = t.aud[:0]
	switch p.peek() {
	case kindString:
		s, ok := p.str()
		t.Audience = append(t.Audience, s)
		if s == "" {
			t.wrongType |= claimAud
		}
		return ok
	case kindArray:
	default:
		t.wrongType |= claimAud
		return p.skip()
	}
	list, pure, ok := p.strings(t.aud[:0])
	t.Audience = list
	if !pure || slices.Contains(list, "") {
		t.wrongType |= claimAud
	}
	return ok
}

// methods reads amr: an array of strings.
func (p *scanner) methods(t *Token) bool {
	if p.peek() != kindArray {
		t.wrongType |= claimAMR
		return p.skip()
	}
	list, pure, ok := p.strings(t.amr[:0])
	t.AMR = list
	if !pure {
		t.wrongType |= claimAMR
	}
	return ok
}

// strings reads an array and appends its strings to list. It reports impure if
// an element is something else.
func (p *scanner) strings(list []string) (_ []string, pure, ok bool) {
	p.i++
	pure = true
	for first := true; ; first = false {
		if done, ok := p.element(']', first); done || !ok {
			return list, pure, ok
		}
		if p.peek() != kindString {
			pure = false
			if !p.skipValue(2) {
				return list, pure, false
			}
			continue
		}
		s, ok := p.str()
		if !ok {
			return list, pure, false
		}
		list = append(list, s)
	}
}
