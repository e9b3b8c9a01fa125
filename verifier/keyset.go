package verifier

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// KeySource tells a [Verifier] which keys the issuer publishes. Use [Static]
// for a fixed set; leave Config.Keys nil for discovery.
//
// Keys returns the current set. query says what the caller looks for, so that
// a source can fetch if the set at hand does not have it; a source that cannot
// fetch returns what it has. ctx bounds only this caller's wait. Keys must be
// safe for concurrent use, and fast: it is called for every token.
type KeySource interface {
	Keys(ctx context.Context, query KeyQuery) (*KeySet, error)
}

// KeyQuery is what a verification looks for in a key set.
type KeyQuery struct {
	// KeyID is the kid of the token. HasKeyID is false if it has none.
	KeyID    string
	HasKeyID bool

	// Failed is the set whose key of that ID did not verify the signature, so
	// that a source can find out whether the provider has published another
	// key under the same ID. Nil in the first query.
	Failed *KeySet
}

// KeySet is an immutable JWK Set. RFC 7517, 5. Safe for concurrent use.
type KeySet struct {
	keys   []*publicKey
	byID   map[string][]*publicKey
	usable int // number of keys that can verify something
}

// KeyInfo describes one entry of a [KeySet].
type KeyInfo struct {
	KeyID     string
	Algorithm Algorithm // alg of the JWK; empty if it has none

	// Thumbprint is the SHA-256 of the key in base64url, as Pinned expects it.
	// Empty for an unusable key. RFC 7638.
	Thumbprint string

	// Unusable says why the key cannot verify anything, such as "RSA modulus of
	// 1024 bits". Empty for a usable key.
	Unusable string

	// Compromised tells that the key is unusable because its private part, or
	// a symmetric key, is published. Somebody has to know.
	Compromised bool
}

// ParseKeySet reads the JSON text of a JWK Set. A key that cannot be used is
// kept with the reason, and does not affect the others: by RFC 7517, 5
// implementations ignore keys that they do not understand. The error is an
// *Error with ReasonJWKSInvalid if data is not a JWK Set.
func ParseKeySet(data []byte) (*KeySet, error) {
	entries, err := splitKeySet(data)
	if err != nil {
		return nil, &Error{Reason: ReasonJWKSInvalid, Detail: err.Error()}
	}
	keys := make([]*publicKey, len(entries))
	for i, entry := range entries {
		keys[i] = parseKey(entry)
	}
	return newKeySet(keys), nil
}

// newKeySet returns the set of keys.
func newKeySet(keys []*publicKey) *KeySet {
	s := &KeySet{keys: keys, byID: make(map[string][]*publicKey, len(keys))}
	for _, k := range keys {
		if k.unusable == "" {
			s.usable++
		}
		if k.hasID {
			s.byID[k.id] = append(s.byID[k.id], k)
		}
	}
	return s
}

// splitKeySet returns the keys of a JWK Set as JSON values. Duplicate names
// inside one key are left to parseKey, so that only that key is unusable.
func splitKeySet(data []byte) ([]jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	if dec.PeekKind() != jsontext.KindBeginObject {
		return nil, fmt.Errorf("want a JSON object with the member keys")
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, errJSON(err)
	}
	var entries []jsontext.Value
	seen := false
	for dec.PeekKind() != jsontext.KindEndObject {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, errJSON(err)
		}
		if name.String() != "keys" {
			if err := dec.SkipValue(); err != nil {
				return nil, errJSON(err)
			}
			continue
		}
		if seen {
			return nil, fmt.Errorf("the member keys appears twice")
		}
		seen = true
		if entries, err = readArray(dec); err != nil {
			return nil, err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, errJSON(err)
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, fmt.Errorf("text after the object")
	}
	if !seen {
		return nil, fmt.Errorf("the member keys is missing")
	}
	return entries, nil
}

// readArray returns the elements of the array that follows.
func readArray(dec *jsontext.Decoder) ([]jsontext.Value, error) {
	if dec.PeekKind() != jsontext.KindBeginArray {
		return nil, fmt.Errorf("keys is not an array")
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, errJSON(err)
	}
	var list []jsontext.Value
	for dec.PeekKind() != jsontext.KindEndArray {
		v, err := dec.ReadValue()
		if err != nil {
			return nil, errJSON(err)
		}
		list = append(list, v.Clone())
	}
	_, err := dec.ReadToken()
	return list, err
}

// errJSON rewords a syntax error without the input that it quotes, which may be
// an error page with any content.
func errJSON(err error) error {
	if s, ok := err.(*jsontext.SyntacticError); ok {
		return fmt.Errorf("invalid JSON at byte %d", s.ByteOffset)
	}
	return fmt.Errorf("invalid JSON")
}

// hasUsable reports whether s has a key of that ID that can verify something.
// It may be called on nil.
func (s *KeySet) hasUsable(id string) bool {
	return s != nil &&
		slices.ContainsFunc(s.byID[id], func(k *publicKey) bool { return k.unusable == "" })
}

// has reports whether s can answer a query. A token without a kid asks for any
// key at all.
func (s *KeySet) has(q KeyQuery) bool {
	if !q.HasKeyID {
		return s.usable > 0
	}
	return len(s.byID[q.KeyID]) > 0
}

// Info describes every key, usable or not, in the order of the set.
func (s *KeySet) Info() []KeyInfo {
	list := make([]KeyInfo, len(s.keys))
	for i, k := range s.keys {
		list[i] = k.info()
	}
	return list
}

// only returns the keys of s that keep accepts.
func (s *KeySet) only(keep func(*publicKey) bool) *KeySet {
	return newKeySet(slices.DeleteFunc(slices.Clone(s.keys), func(k *publicKey) bool {
		return !keep(k)
	}))
}

// maxCandidates bounds how many keys of one kid are tried. A provider that
// reuses a kid has two at a time; an attacker who can add keys needs no tricks.
const maxCandidates = 4

// candidates returns the keys that may have signed a token with the header h,
// at least one.
func (s *KeySet) candidates(h header) ([]*publicKey, *Error) {
	if !h.hasKid {
		return s.onlyKey(h.alg)
	}
	var keys []*publicKey
	named := s.byID[h.kid]
	if len(named) == 0 {
		return nil, keyNotFound(h.query())
	}
	why := ""
	for _, k := range named {
		if reason := k.refuses(h.alg); reason != "" {
			why = reason
		} else if len(keys) < maxCandidates {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, &Error{
			Reason: ReasonKeyUnusable, Claim: "kid", Got: clip(h.kid), form: "key %q: " + why,
		}
	}
	return keys, nil
}

// keyNotFound refuses a token whose key is not published.
func keyNotFound(q KeyQuery) *Error {
	if !q.HasKeyID {
		return &Error{
			Reason: ReasonKeyNotFound, Claim: "kid",
			Detail: "it is missing, and no published key can be used",
		}
	}
	return &Error{
		Reason: ReasonKeyNotFound, Claim: "kid", Got: clip(q.KeyID),
		form: "no published key has the ID %q",
	}
}

// onlyKey returns the one key that fits a token without kid. If several fit,
// the provider must send a kid; a key that is published twice counts once. OIDC
// Core 1.0, 10.1.
func (s *KeySet) onlyKey(alg Algorithm) ([]*publicKey, *Error) {
	var keys []*publicKey
	for _, k := range s.keys {
		if k.refuses(alg) != "" || len(keys) > 0 && k.thumbprint == keys[0].thumbprint {
			continue
		}
		if len(keys) > 0 {
			return nil, &Error{
				Reason: ReasonKeyNotFound, Claim: "kid",
				Detail: "it is missing, and several published keys fit " + string(alg),
			}
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, &Error{
			Reason: ReasonKeyNotFound, Claim: "kid",
			Detail: "it is missing, and no published key fits " + string(alg),
		}
	}
	return keys, nil
}

// Static returns a KeySource with a fixed JWK Set. The error comes from
// ParseKeySet, or is an *Error with ReasonConfigInvalid if no key of the set
// can be used.
func Static(jwkSet []byte) (KeySource, error) {
	set, err := ParseKeySet(jwkSet)
	if err != nil {
		return nil, err
	}
	if set.usable == 0 {
		return nil, configError("Keys", "the JWK Set has no usable key")
	}
	return staticSource{set}, nil
}

// staticSource is a KeySource that always has the same set.
type staticSource struct{ set *KeySet }

func (s staticSource) Keys(context.Context, KeyQuery) (*KeySet, error) { return s.set, nil }
