package verifier

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Verifier checks ID Tokens against one [Config]. It is safe for concurrent
// use. One that was made without Config.Keys owns a key source; Close ends it.
type Verifier struct {
	cfg        Config
	algs       algorithmList
	leeway     time.Duration
	maxBytes   int
	maxSubject int
	now        func() time.Time
	secret     []byte // the key of the symmetric algorithms; then keys is nil
	keys       KeySource
	owned      *Remote // the source to close, or nil
	headers    headerCache
}

// New returns a Verifier for cfg. It does no network I/O: see Ready. The error
// joins every mistake of cfg, each an *Error with ReasonConfigInvalid.
func New(cfg Config) (*Verifier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	v := &Verifier{
		cfg:        cfg.clone(),
		algs:       slices.Clone(cfg.Algorithms),
		leeway:     cfg.leeway(),
		maxBytes:   cfg.maxTokenBytes(),
		maxSubject: maxSubjectBytes,
		now:        cfg.Now,
		keys:       cfg.Keys,
	}
	if len(v.algs) == 0 {
		v.algs = DefaultAlgorithms()
	}
	if cfg.Require.ShortSubject {
		v.maxSubject = maxStrictSubjectBytes
	}
	if v.now == nil {
		v.now = time.Now
	}
	if v.algs.symmetric() {
		v.secret, v.keys = v.cfg.ClientSecret, nil
		return v, nil
	}
	if v.keys == nil {
		source, err := v.newRemote()
		if err != nil {
			return nil, err
		}
		v.keys, v.owned = source, source
	}
	return v, nil
}

// newRemote makes the source that a Config without Keys asks for.
func (v *Verifier) newRemote() (*Remote, error) {
	cfg := v.cfg.Remote
	if cfg.Now == nil {
		cfg.Now = v.now
	}
	if cfg.Hooks == nil {
		cfg.Hooks = v.cfg.Hooks
	}
	cfg.LoopbackHTTP = cfg.LoopbackHTTP || v.cfg.Allow.LoopbackHTTP
	return NewRemote(v.cfg.Issuer, cfg)
}

// Ready fetches the keys if none are loaded yet, so that the first token need
// not wait. The error is an *Error whose Kind is KindUnavailable; the verifier
// can be used all the same and tries again on its own. ctx bounds the wait.
func (v *Verifier) Ready(ctx context.Context) error {
	if v.keys == nil {
		return nil
	}
	_, err := v.keys.Keys(ctx, KeyQuery{})
	return err
}

// Close ends the key source that New made, and waits for a fetch that is
// under way to stop. A source given as Config.Keys is left alone. Tokens whose
// keys are loaded can still be verified afterwards.
func (v *Verifier) Close() error {
	if v.owned == nil {
		return nil
	}
	return v.owned.Close()
}

// Verify checks rawIDToken and returns its claims. The order of the checks is
// that of the package comment. A refusal is an *Error with a stable Reason;
// its Kind is KindUnavailable if no judgement was possible because the keys
// could not be had, ctx having ended included. No claims come with an error.
//
// Verify does not check nonce, at_hash or max_age, which depend on the login:
// see VerifyWith. It never decrypts. Safe for concurrent use. OIDC Core 1.0,
// 3.1.3.7.
func (v *Verifier) Verify(ctx context.Context, rawIDToken string) (*Token, error) {
	t, err := v.verify(ctx, rawIDToken)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// VerifyWith is Verify with further checks against what the caller knows of
// the login. A mistake in the inputs is an *Error with ReasonConfigInvalid,
// whatever the token is.
func (v *Verifier) VerifyWith(ctx context.Context, rawIDToken string, in Inputs) (*Token, error) {
	if err := in.validate(); err != nil {
		return nil, err
	}
	t, err := v.verify(ctx, rawIDToken)
	if err != nil {
		return nil, err
	}
	if err := v.checkInputs(t, &in); err != nil {
		err.Verified = true
		return nil, err
	}
	return t, nil
}

// verify is Verify with a concrete error type.
func (v *Verifier) verify(ctx context.Context, raw string) (*Token, *Error) {
	if len(raw) > v.maxBytes {
		return nil, tooLarge(len(raw), v.maxBytes)
	}
	parts, err := split(raw)
	if err != nil {
		return nil, err
	}
	entry, madeWith := v.headers.get(parts.header)
	if madeWith == nil {
		if entry.header, err = v.readHeader(parts.header); err != nil {
			return nil, err
		}
		entry.alg = entry.header.alg.lookup()
	}
	if parts.signature == "" {
		return nil, malformed("the signature is empty")
	}
	var sigBuf [maxSignatureBytes]byte
	n := decodedLen64(len(parts.signature))
	if n < 0 || n > len(sigBuf) || !decodeBase64URL(sigBuf[:n], parts.signature) {
		return nil, malformedSignature(n)
	}
	payload, ok := decodeSegment(parts.payload)
	if !ok {
		return nil, malformed("the payload is not base64url")
	}
	t := new(Token)
	if err := scanClaims(payload, t); err != nil {
		return nil, err
	}
	if err := v.checkIssuer(t); err != nil {
		return nil, err
	}
	key, err := v.checkSignature(ctx, parts, sigBuf[:n], entry, madeWith)
	if err != nil {
		return nil, err
	}
	t.KeyID, t.Algorithm = key.id, entry.header.alg
	if err = v.checkClaims(t, v.now()); err == nil {
		err = v.checkRule(ctx, t)
	}
	if err != nil {
		err.Verified = true
		return nil, err
	}
	return t, nil
}

// readHeader decodes and checks a header segment that is not cached.
func (v *Verifier) readHeader(segment string) (header, *Error) {
	text, ok := decodeSegment(segment)
	if !ok {
		return header{}, malformed("the header is not base64url")
	}
	return v.parseHeader(text)
}

// segments are the parts of a compact JWS.
type segments struct {
	header, payload, signature string
	signed                     string // what the signature is over
}

// split finds the three segments of raw without allocating for its dots.
// RFC 7515, 7.1.
func split(raw string) (segments, *Error) {
	dot1 := strings.IndexByte(raw, '.')
	if dot1 < 0 {
		return segments{}, malformed("it has one segment, want three")
	}
	dot2 := strings.IndexByte(raw[dot1+1:], '.') + dot1 + 1
	if dot2 == dot1 {
		return segments{}, malformed("it has two segments, want three")
	}
	s := segments{header: raw[:dot1], payload: raw[dot1+1 : dot2], signature: raw[dot2+1:], signed: raw[:dot2]}
	if dots := strings.Count(s.signature, "."); dots > 0 {
		if dots == 2 && isEncrypted(s.header) {
			return segments{}, &Error{Reason: ReasonUnsupportedTokenType, detail: "it is encrypted (JWE), want a signed token"}
		}
		return segments{}, malformed("it has %d segments, want three", dots+3)
	}
	if s.header == "" || s.payload == "" {
		return segments{}, malformed("a segment is empty")
	}
	return s, nil
}

// isEncrypted reports whether a header segment is that of a JWE, which has
// enc. RFC 7516, 9.
func isEncrypted(segment string) bool {
	text, ok := decodeSegment(segment)
	if !ok {
		return false
	}
	p := scanner{s: text}
	if !p.begin() {
		return false
	}
	for {
		name, done, ok := p.next()
		if !ok || done {
			return false
		}
		if name == "enc" {
			return true
		}
		if !p.skip() {
			return false
		}
	}
}

// checkSignature finds the key and verifies the signature with it. madeWith is
// the set that the keys of entry are of, nil if entry has none.
func (v *Verifier) checkSignature(ctx context.Context, parts segments, sig []byte, entry headerEntry, madeWith *KeySet) (*publicKey, *Error) {
	if v.secret != nil {
		return v.checkMAC(parts, sig, entry)
	}
	query := entry.header.query()
	set, err := v.keySet(ctx, query)
	if err != nil {
		return nil, err
	}
	key, err := v.tryKeys(set, parts, sig, entry, madeWith)
	if err == nil || err.Reason == ReasonKeyNotFound {
		return key, err
	}
	// The provider may have put another key under the old ID.
	query.Failed = set
	newer, fetchErr := v.keySet(ctx, query)
	if fetchErr != nil || newer == set {
		return nil, err
	}
	return v.tryKeys(newer, parts, sig, entry, madeWith)
}

// tryKeys verifies the signature with those keys of set that the header leads
// to, and remembers them if one does.
func (v *Verifier) tryKeys(set *KeySet, parts segments, sig []byte, entry headerEntry, madeWith *KeySet) (*publicKey, *Error) {
	if set != madeWith {
		var err *Error
		if entry.keys, err = set.candidates(entry.header); err != nil {
			return nil, err
		}
	}
	for _, k := range entry.keys {
		if k.verifies(entry.alg, parts.signed, sig) {
			if set != madeWith {
				v.headers.put(parts.header, entry, set)
			}
			return k, nil
		}
	}
	return nil, &Error{Reason: ReasonInvalidSignature, detail: "no key of the issuer verifies it"}
}

// keySet asks the source and makes sure that an error is an *Error.
func (v *Verifier) keySet(ctx context.Context, query KeyQuery) (*KeySet, *Error) {
	set, err := v.keys.Keys(ctx, query)
	if err == nil {
		return set, nil
	}
	if e, ok := err.(*Error); ok {
		return nil, e
	}
	return nil, &Error{Reason: ReasonJWKSFetchFailed, err: err}
}

func tooLarge(n, limit int) *Error {
	e := malformed("it has %d bytes, at most %d are allowed", n, limit)
	e.Reason = ReasonTokenTooLarge
	return e
}

// malformedSignature tells a signature that no key could have made from one
// that is not base64url. n is its decoded length, or -1.
func malformedSignature(n int) *Error {
	if n > maxSignatureBytes {
		return &Error{Reason: ReasonInvalidSignature, detail: "it is longer than that of any algorithm"}
	}
	return malformed("the signature is not base64url")
}
