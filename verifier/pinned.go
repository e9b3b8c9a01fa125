package verifier

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync/atomic"
)

// Pinned returns a source that has only those keys of src whose JWK thumbprint
// is listed: the base64url of a SHA-256, as RFC 7638 defines it and [KeyInfo]
// shows it. An attacker who takes the provider over can then not add a key.
// List the next key before it is used, or its tokens are refused with
// KEY_NOT_FOUND.
//
// The error is an *Error with ReasonConfigInvalid if there is no source or no
// thumbprint, or if one is not a SHA-256 in base64url. The caller closes src.
func Pinned(src KeySource, thumbprints ...string) (KeySource, error) {
	switch {
	case src == nil:
		return nil, configError("Keys", "there is no source to pin")
	case len(thumbprints) == 0:
		return nil, configError("Keys", "no thumbprint is listed, so no key could be used")
	}
	for _, t := range thumbprints {
		if b, ok := decodeSegment(t); !ok || len(b) != sha256.Size {
			return nil, configError("Keys",
				"%q is not a JWK thumbprint, the base64url of a SHA-256", clip(t))
		}
	}
	return &pinnedSource{src: src, thumbprints: slices.Clone(thumbprints)}, nil
}

// pinnedSource is a KeySource that has some of the keys of another.
type pinnedSource struct {
	src         KeySource
	thumbprints []string
	last        atomic.Pointer[pinnedSet]
}

// pinnedSet is a set of the source and the part of it that is used. The last
// one is kept, so that an unchanged set stays the same pointer.
type pinnedSet struct{ all, part *KeySet }

// Keys implements [KeySource].
func (p *pinnedSource) Keys(ctx context.Context, query KeyQuery) (*KeySet, error) {
	last := p.last.Load()
	if last != nil && query.Failed == last.part {
		query.Failed = last.all
	}
	all, err := p.src.Keys(ctx, query)
	if err != nil {
		return nil, err
	}
	if last != nil && last.all == all {
		return last.part, nil
	}
	next := &pinnedSet{all: all, part: all.only(p.listed)}
	if p.last.CompareAndSwap(last, next) {
		return next.part, nil
	}
	if other := p.last.Load(); other.all == all {
		return other.part, nil
	}
	return next.part, nil
}

// listed reports whether k is one of the pinned keys.
func (p *pinnedSource) listed(k *publicKey) bool {
	return k.unusable == "" && slices.Contains(p.thumbprints, k.thumbprint)
}
