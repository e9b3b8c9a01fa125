package scenarios

import (
	"encoding/json"
	"slices"
	"strings"
	"text/template"
)

// Robustness reports whether an attacker gains nothing where a verifier fails
// s: the token that must be refused has a valid signature of the issuer's own
// key, over a content that the issuer signs for nobody. Such a case is about a
// faulty issuer.
//
// A token for another client, an expired one or one of another kind is signed
// by the issuer as well, but attackers get hold of it. What chooses how a
// token is verified, such as alg, and what happens before the signature is
// checked, such as the time that a verifier needs, do not depend on the key.
// Sequences are about behaviour over time. None of these is robustness, nor is
// a case of which the scenario does not say enough.
func (s *Scenario) Robustness() bool {
	if s.Token == nil || len(s.Steps) > 0 || !s.Expect.Only(Reject) || s.Timed() || s.MeasuresMemory() {
		return false
	}
	if s.JWKS != nil && !strings.Contains(s.JWKS.text, `jwk "`+DefaultKey+`"`) {
		return false
	}
	if s.Inputs.Nonce != nil && s.Inputs.Nonce.text == "" {
		return false // the caller is at fault, whatever the token is
	}
	c := content{token: s.Token, funcs: standIns()}
	if len(s.AllVariants()) == 0 {
		return c.issuerOnly()
	}
	for _, c.variant = range s.AllVariants() {
		if !c.issuerOnly() {
			return false
		}
	}
	return true
}

// content is the token of one variant.
type content struct {
	token   *Token
	variant map[string]string
	funcs   template.FuncMap
}

// standIns returns functions of templates whose results are as good as those
// of a run for telling a string from another type.
func standIns() template.FuncMap {
	funcs := template.FuncMap{}
	for _, f := range templateFuncs() {
		funcs[f.name] = func(...any) string { return strings.Repeat("x", 64) } // long enough to be sliced
	}
	for name, f := range PureFuncs() {
		funcs[name] = f
	}
	return funcs
}

// issuerOnly reports whether the issuer's key signed what the issuer signs for
// nobody.
func (c content) issuerOnly() bool {
	t := c.token
	switch {
	case !c.ownKey(t.Key) || !c.ownKey(t.Sign.Key) || t.Sign.Secret != nil || t.Sign.Input != nil || t.Sign.Encoded != nil,
		len(t.Signature) > 0 || c.fill(t.Encode.Signature.Template) != "" || t.Compact != nil || t.HeaderText != nil,
		t.Tamper.Header != nil || t.Tamper.Claims != nil || t.Tamper.Without != nil || t.Tamper.PayloadText != nil:
		return false
	}
	if alg := c.fill(t.Sign.Alg.Template); alg == "none" || strings.HasPrefix(alg, "HS") {
		return false
	}
	for _, members := range []Members{t.Header, t.HeaderAppend} {
		for _, m := range members {
			if slices.Contains(choosing(), c.fill(m.Name)) {
				return false
			}
		}
	}
	for _, name := range t.HeaderWithout {
		if slices.Contains(choosing(), name) {
			return false
		}
	}
	return c.odd()
}

// choosing lists the header parameters that choose how a token is verified.
func choosing() []string {
	return []string{"alg", "kid", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "enc", "zip", "epk"}
}

func (c content) ownKey(k KeyName) bool {
	name := c.fill(k.Template)
	return name == "" || name == DefaultKey
}

// fill fills in a template. One that cannot be filled in before a run becomes
// the empty string, which callers take for what is usual.
func (c content) fill(t Template) string {
	text, err := t.Fill(c.funcs, c.variant)
	if err != nil {
		return ""
	}
	return text
}

// odd reports whether an issuer that follows the specifications never signs
// the content.
func (c content) odd() bool {
	t := c.token
	if len(t.Append) > 0 || len(t.HeaderAppend) > 0 || t.PayloadText != nil || c.fill(t.Sign.PSS.Template) != "" ||
		c.fill(t.Encode.Header.Template) != "" || c.fill(t.Encode.Payload.Template) != "" || c.fill(t.Sign.Alg.Template) != "" {
		return true
	}
	// A JWT of another kind has other claims instead.
	if len(t.Claims) == 0 && slices.ContainsFunc(t.Without, func(name string) bool {
		return slices.Contains([]string{"iss", "sub", "aud", "exp", "iat"}, name)
	}) {
		return true
	}
	for _, m := range t.Claims {
		if c.oddClaim(c.fill(m.Name), m.Value) {
			return true
		}
	}
	for _, m := range t.Header {
		if name := c.fill(m.Name); name != "typ" && name != "cty" || !isText(c.value(m.Value)) {
			return true
		}
	}
	return false
}

// longestSubject is the bound on sub, in bytes. OIDC Core 1.0, 2.
const longestSubject = 255

// oddClaim reports whether an issuer never signs a claim with this value.
func (c content) oddClaim(name string, value any) bool {
	v := c.value(value)
	switch name {
	case "nonce": // the client's choice, an empty one too
		_, isString := v.(string)
		return !isString
	case "sub":
		text, _ := v.(string)
		return !isText(v) || len(text) > longestSubject
	case "iss", "azp", "acr", "sid", "oid", "at_hash", "c_hash", "s_hash", "client_id", "scope", "jti":
		return !isText(v)
	case "exp", "iat", "nbf", "auth_time":
		_, isTime := v.(moment)
		return !isTime
	case "email_verified":
		_, isBool := v.(bool)
		return !isBool
	case "amr":
		_, isList := v.([]any)
		return !isList
	case "aud":
		list, isList := v.([]any)
		if !isList {
			return !isText(v)
		}
		return len(list) == 0 || slices.ContainsFunc(list, func(v any) bool { return !isText(v) })
	}
	return false
}

// isText reports whether v is a string with more than white space.
func isText(v any) bool {
	text, ok := v.(string)
	return ok && strings.TrimSpace(text) != ""
}

// moment is the value of an expression that is a point in time.
type moment struct{}

// value returns the value of a member as encoding/json would decode it, or a
// moment. It returns a string for what is known in a run only.
func (c content) value(v any) any {
	switch v := v.(type) {
	case Value:
		text := c.fill(v.Template)
		expression, ok := strings.CutPrefix(text, "=")
		if !ok {
			return text
		}
		if _, isTime := ParseTime(expression); isTime {
			return moment{}
		}
		var decoded any
		if json.Unmarshal([]byte(expression), &decoded) != nil {
			return "x"
		}
		return decoded
	case json.RawMessage:
		var decoded any
		_ = json.Unmarshal(v, &decoded) // which the reader of the file has checked
		return decoded
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = c.value(item)
		}
		return list
	}
	return map[string]any{} // Members
}
