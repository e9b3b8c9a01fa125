package verifier

import "time"

// claim numbers the claims that are read, as bits of a claimSet.
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

// claimSet is a claims object as it was read, before anything was judged. The
// scanner keeps type errors here instead of refusing at once, because claims
// are judged only after the signature.
type claimSet struct {
	present, wrongType claim

	exp, iat, nbf, authTime numericDate
	sHash                   string
}

func (c *claimSet) has(which claim) bool { return c.present&which != 0 }
func (c *claimSet) bad(which claim) bool { return c.wrongType&which != 0 }

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

// scanClaims reads the JSON text of a claims object into t and c. The only
// refusals here are those of the JSON layer.
func scanClaims(text string, t *Token, c *claimSet) *Error {
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
		case c.present&which != 0:
			ok = p.fail("duplicate member name")
		default:
			c.present |= which
			ok = p.claim(which, t, c)
		}
		if !ok {
			return p.err("payload")
		}
	}
	t.payload = text
	return nil
}

// claim reads the value of one claim.
func (p *scanner) claim(which claim, t *Token, c *claimSet) bool {
	switch which {
	case claimAud:
		return p.audience(t, c)
	case claimAMR:
		return p.methods(t, c)
	case claimExp:
		return p.date(which, &c.exp, c)
	case claimIat:
		return p.date(which, &c.iat, c)
	case claimNbf:
		return p.date(which, &c.nbf, c)
	case claimAuthTime:
		return p.date(which, &c.authTime, c)
	case claimEmailVerified:
		t.EmailVerified = p.peek() == kindTrue
		return p.skip()
	case claimEvents, claimVC, claimScope, claimScopes, claimScp, claimRoles, claimPermissions, claimJti:
		return p.skip() // presence alone matters
	}
	return p.text(which, textField(which, t, c), c)
}

// textField returns where the string value of a claim goes.
func textField(which claim, t *Token, c *claimSet) *string {
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
		return &c.sHash
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

// text reads a string claim. Another type is noted and passed over.
func (p *scanner) text(which claim, dst *string, c *claimSet) bool {
	if p.peek() != kindString {
		c.wrongType |= which
		return p.skip()
	}
	var ok bool
	*dst, ok = p.str()
	return ok
}

// date reads a NumericDate claim.
func (p *scanner) date(which claim, dst *numericDate, c *claimSet) bool {
	if p.peek() != kindNumber {
		c.wrongType |= which
		return p.skip()
	}
	text, ok := p.number()
	if !ok {
		return false
	}
	if *dst, ok = parseNumericDate(text); !ok {
		c.wrongType |= which
	}
	return true
}

// audience reads aud: a string or an array of strings.
func (p *scanner) audience(t *Token, c *claimSet) bool {
	t.Audience = t.aud[:0]
	switch p.peek() {
	case kindString:
		s, ok := p.str()
		t.Audience = append(t.Audience, s)
		return ok
	case kindArray:
	default:
		c.wrongType |= claimAud
		return p.skip()
	}
	list, pure, ok := p.strings(t.aud[:0])
	t.Audience = list
	if ok && !pure {
		c.wrongType |= claimAud
	}
	return ok
}

// methods reads amr: an array of strings.
func (p *scanner) methods(t *Token, c *claimSet) bool {
	if p.peek() != kindArray {
		c.wrongType |= claimAMR
		return p.skip()
	}
	list, pure, ok := p.strings(t.amr[:0])
	t.AMR = list
	if ok && !pure {
		c.wrongType |= claimAMR
	}
	return ok
}

// strings reads an array and appends its strings to list. It reports impure if
// an element is something else.
func (p *scanner) strings(list []string) (_ []string, pure, ok bool) {
	p.i++
	pure = true
	for n := 0; ; n++ {
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ']' && n == 0 {
			p.i++
			return list, pure, true
		}
		if p.peek() == kindString {
			var s string
			if s, ok = p.str(); ok {
				list = append(list, s)
			}
		} else {
			pure = false
			ok = p.skipValue(2)
		}
		if !ok {
			return list, pure, false
		}
		p.space()
		if p.i >= len(p.s) {
			return list, pure, p.fail("unexpected end")
		}
		switch p.s[p.i] {
		case ']':
			p.i++
			return list, pure, true
		case ',':
			p.i++
		default:
			return list, pure, p.fail("want a comma or the end")
		}
	}
}

// time returns d as a time.Time.
func (d numericDate) time() time.Time { return time.Unix(d.sec, int64(d.nsec)).UTC() }
