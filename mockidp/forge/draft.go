package forge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/keyring"
)

// Draft is a token before it is signed.
type Draft struct {
	Header keyring.Object
	Claims keyring.Object
	Key    *keyring.Key
}

// NewDraft returns the draft of a token with the header that Scalekit sends:
// alg, kid and typ, from key.
func NewDraft(key *keyring.Key, claims keyring.Object) Draft {
	return Draft{
		Header: keyring.Object{
			{Name: "alg", Value: key.Alg()}, {Name: "kid", Value: key.ID()},
			{Name: "typ", Value: "JWT"},
		},
		Claims: claims,
		Key:    key,
	}
}

// Change makes a token different from its draft. The zero value changes
// nothing.
type Change struct {
	// Header and Claims change members before the token is signed.
	Header, Claims Patch

	// HeaderText and PayloadText, unless nil, are signed instead of the JSON
	// text of the members, which then have no effect.
	HeaderText, PayloadText []byte

	// Signing says how the token is signed.
	Signing Signing

	// Encoding says how the segments are spelled. The header and the payload
	// are signed as they are spelled.
	Encoding Encodings

	// Signature edits the signature bytes, one after the other.
	Signature []SignatureEdit

	// TamperHeader and TamperClaims change members after the token was
	// signed: the signature remains the one of the unchanged token.
	TamperHeader, TamperClaims Patch

	// TamperPayload, unless nil, replaces the payload segment after signing.
	TamperPayload []byte

	// Compact, unless empty, is a template for the finished token, instead of
	// the three segments with dots between them. {h}, {p} and {s} are
	// replaced by the segments, so "{h}.{p}" is a token without the third
	// one.
	Compact string
}

// Token is a finished token in its parts.
type Token struct {
	// HeaderText and PayloadText are the decoded segments.
	HeaderText, PayloadText []byte

	// SignatureBytes is the decoded third segment.
	SignatureBytes []byte

	// Header, Payload and Signature are the segments as spelled.
	Header, Payload, Signature string

	// Compact is the template of the change that made the token.
	Compact string

	// genuine is the signature before it was edited, if the key of the draft
	// made it over the segments above, and nil otherwise.
	genuine []byte
}

// String returns the compact serialization, RFC 7515, 7.1, or what the change
// has made it.
func (t Token) String() string {
	if t.Compact == "" {
		return t.Header + "." + t.Payload + "." + t.Signature
	}
	return strings.NewReplacer("{h}", t.Header, "{p}", t.Payload, "{s}",
		t.Signature).Replace(t.Compact)
}

// Forge applies c to d and signs. The error says which part of c is
// impossible, such as an algorithm that the key does not support.
func (d Draft) Forge(c Change) (Token, error) {
	header, err := c.Header.Apply(d.Header)
	if err != nil {
		return Token{}, fmt.Errorf("header: %w", err)
	}
	claims, err := c.Claims.Apply(d.Claims)
	if err != nil {
		return Token{}, fmt.Errorf("claims: %w", err)
	}
	t := Token{Compact: c.Compact}
	if t.HeaderText, err = textOf(header, c.HeaderText); err != nil {
		return Token{}, fmt.Errorf("header: %w", err)
	}
	if t.PayloadText, err = textOf(claims, c.PayloadText); err != nil {
		return Token{}, fmt.Errorf("claims: %w", err)
	}
	if t.Header, err = c.Encoding.Header.encode(t.HeaderText); err != nil {
		return Token{}, fmt.Errorf("header: %w", err)
	}
	if t.Payload, err = c.Encoding.Payload.encode(t.PayloadText); err != nil {
		return Token{}, fmt.Errorf("payload: %w", err)
	}
	input := t.Header + "." + t.Payload
	if c.Signing.Input != nil {
		input = string(c.Signing.Input)
	}
	if t.SignatureBytes, err = c.sign(d.Key, input); err != nil {
		return Token{}, err
	}
	if c.keepsSignature() {
		t.genuine = t.SignatureBytes
	}
	for _, edit := range c.Signature {
		if t.SignatureBytes, err = edit.apply(t.SignatureBytes, d.Key); err != nil {
			return Token{}, err
		}
	}
	if t.Signature, err = c.Encoding.Signature.encode(t.SignatureBytes); err != nil {
		return Token{}, fmt.Errorf("signature: %w", err)
	}
	return t, c.tamper(&t, header, claims)
}

// Unchanged returns the token that d is without a change. t was forged from d:
// its signature is reused if it is the same, because signing is what takes time.
func (d Draft) Unchanged(t Token) (Token, error) {
	good, err := d.Forge(Change{Signing: Signing{Alg: "none"}})
	if err != nil {
		return Token{}, err
	}
	if t.genuine == nil || t.Header != good.Header || t.Payload != good.Payload {
		return d.Forge(Change{})
	}
	good.SignatureBytes, good.Signature = t.genuine, base64url(t.genuine)
	return good, nil
}

// keepsSignature reports whether the key of the draft signs the segments that
// the token will have, for its own algorithm.
func (c Change) keepsSignature() bool {
	zeros := func(e SignatureEdit) bool {
		zeroR, _ := e.wantsZeros()
		return zeroR
	}
	return reflect.ValueOf(c.Signing).IsZero() && !slices.ContainsFunc(c.Signature, zeros) &&
		c.TamperHeader.Empty() && c.TamperClaims.Empty() && c.TamperPayload == nil
}

// sign returns the signature bytes over input before they are edited.
func (c Change) sign(key *keyring.Key, input string) ([]byte, error) {
	for _, edit := range c.Signature {
		if zeroR, zeroS := edit.wantsZeros(); zeroR {
			signer, alg, err := c.Signing.signer(key)
			if err != nil {
				return nil, err
			}
			return signWithZeros(signer, alg, input, zeroS)
		}
	}
	return c.Signing.sign(key, input)
}

// tamper changes t after it was signed.
func (c Change) tamper(t *Token, header, claims keyring.Object) error {
	if !c.TamperHeader.Empty() {
		changed, err := c.TamperHeader.Apply(header)
		if err != nil {
			return fmt.Errorf("tampering with the header: %w", err)
		}
		if t.HeaderText, err = textOf(changed, nil); err != nil {
			return fmt.Errorf("tampering with the header: %w", err)
		}
		t.Header = base64url(t.HeaderText)
	}
	if !c.TamperClaims.Empty() {
		changed, err := c.TamperClaims.Apply(claims)
		if err != nil {
			return fmt.Errorf("tampering with the claims: %w", err)
		}
		if t.PayloadText, err = textOf(changed, nil); err != nil {
			return fmt.Errorf("tampering with the claims: %w", err)
		}
		t.Payload = base64url(t.PayloadText)
	}
	if c.TamperPayload != nil {
		t.PayloadText = c.TamperPayload
		t.Payload = base64url(t.PayloadText)
	}
	return nil
}

// textOf returns raw unless it is nil, and otherwise the JSON text of o,
// without the escapes for HTML that json.Marshal adds: a provider sends none.
func textOf(o keyring.Object, raw []byte) ([]byte, error) {
	if raw != nil {
		return raw, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	write := func(v any) error {
		err := enc.Encode(v)
		b.Truncate(max(0, b.Len()-1)) // the line feed that Encode adds
		return err
	}
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := write(m.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := write(m.Value); err != nil {
			return nil, fmt.Errorf("member %q: %w", m.Name, err)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
