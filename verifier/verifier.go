package verifier

import (
	"context"
	"slices"
	"time"
)

// Verifier checks ID Tokens against one [Config]. It is safe for concurrent
// use. Without Config.Keys it owns a key source, which Close ends.
type Verifier struct {
	cfg        Config
	algs       algorithmList
	leeway     time.Duration
	maxBytes   int
	maxSubject int
	now        func() time.Time
	secret     []byte // key of the symmetric algorithms; if set, keys is nil
	keys       KeySource
	owned      *Remote // the source to close, or nil
	shares     *Remote // equals owned if that runs on the clock of the verifier
	headers    headerCache
	tokens     *tokenCache // nil if there is no cache
}

// New returns a Verifier for cfg. It does no network I/O: see Ready. The error
// joins all mistakes of cfg, each an *Error with ReasonConfigInvalid.
func New(cfg Config) (*Verifier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	v := assemble(cfg)
	if v.secret == nil && v.keys == nil {
		source, err := v.newRemote()
		if err != nil {
			return nil, err
		}
		v.keys, v.owned = source, source
		if cfg.Remote.Now == nil {
			v.shares = source
		}
	}
	return v, nil
}

// assemble returns a Verifier for cfg that has no key source of its own.
func assemble(cfg Config) *Verifier {
	v := &Verifier{
		cfg:        cfg.clone(),
		algs:       slices.Clone(cfg.Algorithms),
		leeway:     cfg.leeway(),
		maxBytes:   cfg.maxTokenBytes(),
		maxSubject: maxSubjectBytes,
		now:        cfg.Now,
		keys:       cfg.Keys,
		tokens:     newTokenCache(cfg.Cache),
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
	}
	return v
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
// can still be used and tries again by itself. ctx bounds the wait.
func (v *Verifier) Ready(ctx context.Context) error {
	if v.keys == nil {
		return nil
	}
	set, _, err := v.keySet(ctx, KeyQuery{}, nil)
	switch {
	case err == nil && set.usable > 0:
		return nil
	case err == nil:
		err = &Error{Reason: ReasonJWKSInvalid}
	case err.Reason == ReasonKeyNotFound: // from a source that fetched a moment ago
		err = &Error{Reason: ReasonJWKSInvalid, RetryAfter: err.RetryAfter}
	default:
		return err
	}
	err.Detail = "the JWK Set has no usable key"
	return err
}

// Close ends the key source that New made, and waits for a running fetch to
// stop. A source given as Config.Keys is left alone. Tokens whose keys are
// loaded can still be verified afterwards.
func (v *Verifier) Close() error {
	if v.owned == nil {
		return nil
	}
	return v.owned.Close()
}
