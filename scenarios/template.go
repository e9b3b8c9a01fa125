package scenarios

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// TemplateFuncs lists the functions that a template may call, with what each
// stands for.
func TemplateFuncs() map[string]string {
	return map[string]string{
		"issuer":        "the Issuer Identifier of the case",
		"other_issuer":  "the Issuer Identifier of another environment",
		"origin":        "the scheme, host and port of the issuer",
		"client_id":     "the client ID",
		"client_secret": "the client secret",
		"subject":       "the sub of the good token",
		"trap":          "the URL of a listener that nothing may touch",
		"now":           "the present in seconds since 1970; an argument such as \"-1h\" is added",
		"httpdate":      "the present as header fields write it; an argument such as \"90s\" is added",
		"mutate":        "a text with a part of it changed at random: bits, characters, a segment or a member",
		"pick":          "one word of a text, by a number from 0; behind the last word comes the first",
		"n":             "the number of the repetition, from 0",
		"kid":           "the key ID of a key",
		"jwk":           "the public JWK of a key; further arguments are edits: \"-name\" drops, \"name=value\" sets a text, \"name:=json\" sets JSON text",
		"decoys":        "the JWKs that do not matter, joined by commas",
		"pem":           "the public key as SPKI in PEM",
		"pkcs1":         "the public RSA key as PKCS #1 in PEM",
		"cert":          "a self-signed certificate of the key in PEM",
		"x5c":           "that certificate as an entry of x5c; a further argument such as \"-48h\" moves its dates",
		"modulus":       "the octets of the RSA modulus",
		"point":         "the octets of the EC point, uncompressed",
		"unreduced":     "the octets of the coordinate x or y of an EC key with the prime of its curve added",
		"exponent":      "the octets of another public exponent of an RSA key, one as wide as its modulus",
		"openssh":       "the public EC key as a line of OpenSSH",
		"header":        "the JSON text of the good header",
		"claims":        "the JSON text of the good claims; arguments name claims to leave out",
		"members":       "the good claims without the braces; arguments name claims to leave out",
		"claim":         "a claim of the token of the given name, as JSON text",
		"h":             "the header segment, in compact only",
		"p":             "the payload segment, in compact only",
		"s":             "the signature segment, in compact only",
		"token":         "the whole token, in compact only, or the token of the given name",
		"repeat":        "a text so many times",
		"count":         "the numbers from 0 below the given one, each put in place of # in a text",
		"hex":           "octets from hexadecimal digits",
		"utf16":         "a text in UTF-16, little-endian, with a byte order mark",
		"base64url":     "a text in base64url",
		"deflate":       "a text compressed in the format of RFC 1951",
		"bomb":          "a text of that format that unpacks to so many mebibytes",
		"layers":        "the good token inside of tokens, so many in all, each the payload of the next",
		"jwe":           "a text encrypted to a key with RSA-OAEP-256 and A256GCM; further arguments are edits of the header, as for jwk",
		"jwe_with":      "a text encrypted with the given 32 octets, alg being dir; further arguments are edits of the header",
		"concat_kdf":    "the 32 octets that ECDH-ES derives from a shared secret for an enc",
		"ragged":        "a JSON text, with a blank behind it if base64url would else have no unused bits",
		"sha256":        "the octets of the SHA-256 of a text",
		"sha512":        "the octets of the SHA-512 of a text",
		"render":        "a member of a variant, itself a template, filled in",
		"upper":         "a text in upper case",
		"replace":       "a text with every occurrence of the second argument replaced by the third",
	}
}

// ParseTemplate reads a template text. funcs must have every function of
// TemplateFuncs; nil is enough to check the text.
func ParseTemplate(text string, funcs template.FuncMap) (*template.Template, error) {
	if funcs == nil {
		funcs = template.FuncMap{}
		for name := range TemplateFuncs() {
			funcs[name] = func(...any) string { return "" }
		}
	}
	t, err := template.New("text").Option("missingkey=error").Funcs(funcs).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("template: %s", strings.TrimPrefix(err.Error(), "template: text:1: "))
	}
	return t, nil
}

// timePattern is a point in time: now and what is added to it.
var timePattern = regexp.MustCompile(`^now(?:([+-])([0-9.]+(?:ms|s|m|h|d)))?$`)

// ParseTime reads an expression such as now, now-61s or now+10d and returns
// what it adds to the present. It reports false for anything else.
func ParseTime(text string) (time.Duration, bool) {
	m := timePattern.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	if m[2] == "" {
		return 0, true
	}
	d, err := ParseDuration(m[2])
	if err != nil {
		return 0, false
	}
	if m[1] == "-" {
		d = -d
	}
	return d.D(), true
}

// place is a template text with the keys that lead to it.
type place struct {
	path []string
	text string
}

// checkTemplates parses every template of a case.
func checkTemplates(s *Scenario, node ast.Node) error {
	for _, p := range s.templates() {
		if _, err := ParseTemplate(p.text, nil); err != nil {
			return errorAt(child(node, p.path...), "%v", err)
		}
	}
	return nil
}

// templates collects the template texts of a case.
func (s *Scenario) templates() []place {
	var c collector
	c.optional(s.JWKS, "jwks")
	c.config(s.Config, "config")
	if d := s.Environment.Discovery; d != nil {
		c.optional(d.Text, "environment", "discovery", "text")
		c.members(d.Set, "environment", "discovery", "set")
	}
	for name, value := range s.Environment.KeysHeaders {
		c.text(value, "environment", "keys_headers", name)
	}
	for i, f := range s.Environment.Faults {
		c.fault(f, "environment", "faults", strconv.Itoa(i))
	}
	for name, k := range s.Keys {
		c.text(k.KID, "keys", name, "kid")
	}
	if s.Token != nil {
		c.token(s.Token, "token")
	}
	c.variants(s.Variants)
	c.inputs(s.Inputs, "inputs")
	c.reports(s.Reports, "reports")
	c.texts(s.MessageLacks, "message_lacks")
	for path, step := range s.AllSteps() {
		c.step(step, append(path, step.about().key)...)
	}
	return c.places
}

// collector gathers templates with their places.
type collector struct{ places []place }

func (c *collector) text(text string, path ...string) {
	if text != "" {
		c.places = append(c.places, place{append([]string(nil), path...), text})
	}
}

func (c *collector) texts(list []string, path ...string) {
	for i, text := range list {
		c.text(text, append(path, strconv.Itoa(i))...)
	}
}

func (c *collector) optional(text *string, path ...string) {
	if text != nil {
		c.text(*text, path...)
	}
}

func (c *collector) members(m Members, path ...string) {
	for _, member := range m {
		c.value(member.Value, append(path, member.Name)...)
	}
}

func (c *collector) value(v any, path ...string) {
	switch v := v.(type) {
	case string:
		c.text(v, path...)
	case Members:
		c.members(v, path...)
	case []any:
		for i, item := range v {
			c.value(item, append(path, strconv.Itoa(i))...)
		}
	}
}

// variants adds the members that some template renders. The others are text,
// whatever they look like.
func (c *collector) variants(list []map[string]string) {
	var rendered []string
	for _, p := range c.places {
		for _, m := range renderPattern.FindAllStringSubmatch(p.text, -1) {
			rendered = append(rendered, m[1])
		}
	}
	for i, variant := range list {
		for _, name := range rendered {
			c.text(variant[name], "variants", strconv.Itoa(i), name)
		}
	}
}

// renderPattern finds what is rendered.
var renderPattern = regexp.MustCompile(`\brender \.([A-Za-z0-9_]+)`)

func (c *collector) config(cfg Config, path ...string) {
	c.optional(cfg.Issuer, append(path, "issuer")...)
	c.texts(cfg.Audience, append(path, "audience")...)
	c.texts(cfg.TrustedAudiences, append(path, "trusted_audiences")...)
	c.text(cfg.ClientSecret, append(path, "client_secret")...)
	if r := cfg.Require; r != nil {
		c.texts(r.Organizations, append(path, "require", "organizations")...)
		c.texts(r.Connections, append(path, "require", "connections")...)
	}
	c.text(cfg.DecryptionKey, append(path, "decryption_key")...)
}

func (c *collector) fault(f Fault, path ...string) {
	c.text(f.Body, append(path, "body")...)
	c.text(f.Location, append(path, "location")...)
	c.members(f.Set, append(path, "set")...)
	for name, value := range f.Headers {
		c.text(value, append(path, "headers", name)...)
	}
}

func (c *collector) token(t *Token, path ...string) {
	c.members(t.Header, append(path, "header")...)
	c.members(t.HeaderAppend, append(path, "header_append")...)
	c.optional(t.HeaderText, append(path, "header_text")...)
	c.members(t.Claims, append(path, "claims")...)
	c.members(t.Append, append(path, "append")...)
	c.optional(t.PayloadText, append(path, "payload_text")...)
	c.text(t.Key, append(path, "key")...)
	c.text(t.Sign.Key, append(path, "sign", "key")...)
	c.text(t.Sign.Alg, append(path, "sign", "alg")...)
	c.optional(t.Sign.Secret, append(path, "sign", "secret")...)
	c.text(t.Encode.Header, append(path, "encode", "header")...)
	c.text(t.Encode.Payload, append(path, "encode", "payload")...)
	c.text(t.Encode.Signature, append(path, "encode", "signature")...)
	c.texts(t.Signature, append(path, "signature")...)
	c.members(t.Tamper.Header, append(path, "tamper", "header")...)
	c.members(t.Tamper.Claims, append(path, "tamper", "claims")...)
	c.optional(t.Tamper.PayloadText, append(path, "tamper", "payload_text")...)
	c.optional(t.Compact, append(path, "compact")...)
}

func (c *collector) inputs(in Inputs, path ...string) {
	for name, text := range map[string]*string{
		"nonce": in.Nonce, "access_token": in.AccessToken, "code": in.Code, "state": in.State, "subject": in.Subject,
		"objection": in.Objection,
	} {
		c.optional(text, append(path, name)...)
	}
	c.text(in.ResponseType, append(path, "response_type")...)
	c.texts(in.EndedSessions, append(path, "ended_sessions")...)
}

func (c *collector) reports(list []ReportedClaim, path ...string) {
	for i, r := range list {
		c.optional(r.Is, append(path, strconv.Itoa(i), "is")...)
		c.optional(r.IsNot, append(path, strconv.Itoa(i), "is_not")...)
	}
}

func (c *collector) step(s Step, path ...string) {
	switch k := s.Kind.(type) {
	case *Mint:
		c.token(&k.Token, path...)
	case *Login:
		c.text(k.Nonce, append(path, "nonce")...)
		if k.Issue != nil {
			c.token(k.Issue, append(path, "issue")...)
		}
	case *Refresh:
		c.text(k.Token, append(path, "token")...)
	case *Renew:
		c.reports(k.Reports, append(path, "reports")...)
		c.texts(k.MessageLacks, append(path, "message_lacks")...)
	case *Exchange:
		c.optional(k.Body, append(path, "body")...)
	case *Probe:
		c.optional(k.Issuer, append(path, "issuer")...)
	case *Issue:
		c.token(&k.Token, path...)
	case *Open:
		c.config(k.Config, append(path, "config")...)
	case *Verify:
		if k.Each != nil {
			c.token(k.Each, append(path, "each")...)
		}
		c.optional(k.Text, append(path, "text")...)
		c.inputs(k.Inputs, append(path, "inputs")...)
		c.reports(k.Reports, append(path, "reports")...)
		c.texts(k.MessageLacks, append(path, "message_lacks")...)
	case *Publish:
		c.text(string(*k), path...)
	case *AddFault:
		c.fault(k.Fault, path...)
	}
}
