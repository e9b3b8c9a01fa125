package keyring

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/internal/words"
)

const (
	// maxChanges bounds the change log. A ring that rotates every 50 ms under
	// load keeps the last minute.
	maxChanges = 1200

	// maxKnown bounds the key IDs that are remembered, and maxReuses the keys
	// of one of them.
	maxKnown  = 4096
	maxReuses = 64
)

// Ring holds the keys that an environment publishes and signs with, and how
// they change over time. It is safe for concurrent use; what its methods
// return belongs to the caller.
type Ring struct {
	now func() time.Time

	mu         sync.Mutex
	signing    *Key
	published  []*Key
	previous   []*Key // the set before the last change of the set, nil if none
	flapping   bool
	newerNext  bool // flapping only: whether the next request sees the newer set
	byID       map[string][]*Key
	known      []string // the key IDs of byID, the oldest first
	generation uint64
	changes    []Change
	schedule   *following // nil: none
	at         time.Time  // when the change happens; zero: now
}

// Change is one entry of the change log.
type Change struct {
	Generation uint64    // 0 for the initial state, then one more each time
	At         time.Time // on the clock of the ring
	Cause      string    // "initial", a [Mode], "promote" or "retire"
	Signing    string    // the key ID that signs from now on
	Published  []string  // the key IDs in the JWK Set from now on, in order
}

// NewRing returns a ring that signs with the first key and publishes it and
// the others, in that order. now is the clock for the change log, nil means
// [time.Now].
func NewRing(now func() time.Time, first *Key, others ...*Key) *Ring {
	if now == nil {
		now = time.Now
	}
	r := &Ring{
		now:       now,
		signing:   first,
		published: append([]*Key{first}, others...),
		byID:      make(map[string][]*Key),
	}
	for _, k := range r.published {
		r.remember(k)
	}
	r.log("initial")
	return r
}

// Signing returns the key that signs now.
func (r *Ring) Signing() *Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	return r.signing
}

// Published returns the keys of the JWK Set in order. Under [Flapping] it is
// the set that the next request will see.
func (r *Ring) Published() []*Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	return slices.Clone(r.served())
}

// Serve returns the keys of the JWK Set for one request. It differs from
// Published only under [Flapping], where every call turns to the other set.
func (r *Ring) Serve() []*Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	keys := r.served()
	r.newerNext = !r.newerNext
	return slices.Clone(keys)
}

// ByID returns the latest key that was published or has signed under kid,
// even if it has since left the JWK Set, so that old tokens can still be
// introspected. It returns nil if none of the last 4,096 key IDs is kid.
func (r *Ring) ByID(kid string) *Key {
	if all := r.AllByID(kid); len(all) > 0 {
		return all[0]
	}
	return nil
}

// AllByID returns every key that was published or has signed under kid, the
// latest first. Only after [KidReuse] is there more than one.
func (r *Ring) AllByID(kid string) []*Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	return slices.Clone(r.byID[kid])
}

// Generation returns the number of changes since the ring was made.
func (r *Ring) Generation() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	return r.generation
}

// Changes returns the change log, oldest first. Only the last 1,200 entries
// are kept.
func (r *Ring) Changes() []Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	out := slices.Clone(r.changes)
	for i := range out {
		out[i].Published = slices.Clone(out[i].Published)
	}
	return out
}

// Rotate changes the signing key and the published keys as mode says. It
// returns an error and changes nothing if the mode is unknown, if it needs a
// key and next is nil or the other way round, if another published key has
// the kid of next and the mode is not [KidReuse], and if the mode needs an
// earlier set and there is none.
func (r *Ring) Rotate(mode Mode, next *Key) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	if err := r.check(mode, next); err != nil {
		return err
	}
	r.rotate(mode, next)
	return nil
}

// rotate does what the mode says. Its arguments have been checked.
func (r *Ring) rotate(mode Mode, next *Key) {
	switch mode {
	case PublishThenSign:
		r.publish(with(r.published, next))
	case SignAtOnce:
		r.publish(with(r.published, next))
		r.sign(next)
	case DropOld:
		r.publish(with(without(r.published, r.signing), next))
		r.sign(next)
	case KidReuse:
		next = next.WithID(r.signing.ID())
		r.publish(with(r.published, next))
		r.sign(next)
	case Unpublished:
		r.sign(next)
	case Rollback:
		r.publish(r.previous)
	case Flapping:
		if next != nil {
			r.publish(with(r.published, next))
			r.sign(next)
		}
		r.flapping, r.newerNext = true, false
	}
	r.log(string(mode))
}

// Promote signs with the published key kid from now on: the second half of
// [PublishThenSign]. It returns an error if no such key is published.
func (r *Ring) Promote(kid string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	k, err := r.find(kid)
	if err != nil {
		return err
	}
	r.sign(k)
	r.log("promote")
	return nil
}

// Retire takes the key kid out of the JWK Set. It does not change what signs,
// not even if that is the same key. It returns an error if no such key is
// published.
func (r *Ring) Retire(kid string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	k, err := r.find(kid)
	if err != nil {
		return err
	}
	r.publish(without(r.published, k))
	r.log("retire")
	return nil
}

func (r *Ring) check(mode Mode, next *Key) error {
	if !slices.Contains(Modes(), mode) {
		return fmt.Errorf("rotation mode is %q, want one of %s", mode, words.Join(Modes()))
	}
	if mode == Rollback && next != nil {
		return fmt.Errorf("rotation mode %q takes no key, got %q", mode, next.ID())
	}
	if next == nil && mode != Rollback && mode != Flapping {
		return fmt.Errorf("rotation mode %q needs a key", mode)
	}
	if next == nil && r.previous == nil {
		return fmt.Errorf("rotation mode %q needs a former set: nothing was rotated yet", mode)
	}
	if next == nil || mode == KidReuse {
		return nil
	}
	for _, k := range r.published {
		if k.ID() == next.ID() && !k.Same(next) {
			return fmt.Errorf("another published key has the kid %q: use mode %q or another kid",
				next.ID(), KidReuse)
		}
	}
	return nil
}

func (r *Ring) find(kid string) (*Key, error) {
	for _, k := range r.published {
		if k.ID() == kid {
			return k, nil
		}
	}
	return nil, fmt.Errorf("kid is %q, want a published one: %q", kid, ids(r.published))
}

func (r *Ring) served() []*Key {
	if r.flapping && !r.newerNext {
		return r.previous
	}
	return r.published
}

// publish makes keys the current set. Sets are never changed in place, so
// that the previous one can be kept as it was.
func (r *Ring) publish(keys []*Key) {
	r.previous, r.published = r.published, keys
	r.flapping, r.newerNext = false, false
	for _, k := range keys {
		r.remember(k)
	}
}

func (r *Ring) sign(k *Key) {
	r.signing = k
	r.remember(k)
}

// remember puts k first among the keys of its kid. If there are too many key
// IDs, it forgets the oldest.
func (r *Ring) remember(k *Key) {
	if r.byID[k.ID()] == nil {
		if len(r.known) == maxKnown {
			delete(r.byID, r.known[0])
			r.known = r.known[1:]
		}
		r.known = append(r.known, k.ID())
	}
	keys := append([]*Key{k}, without(r.byID[k.ID()], k)...)
	r.byID[k.ID()] = keys[:min(len(keys), maxReuses)]
}

func (r *Ring) log(cause string) {
	if len(r.changes) > 0 {
		r.generation++
	}
	if len(r.changes) == maxChanges {
		r.changes[0] = Change{} // so that its key IDs can go
		r.changes = r.changes[1:]
	}
	at := r.at
	if at.IsZero() {
		at = r.now()
	}
	r.changes = append(r.changes, Change{
		Generation: r.generation,
		At:         at,
		Cause:      cause,
		Signing:    r.signing.ID(),
		Published:  ids(r.published),
	})
}

// with returns keys with next added: instead of the key that has its kid, or
// at the end.
func with(keys []*Key, next *Key) []*Key {
	keys = slices.Clone(keys)
	if i := slices.IndexFunc(keys, func(k *Key) bool { return k.ID() == next.ID() }); i >= 0 {
		keys[i] = next
		return keys
	}
	return append(keys, next)
}

// without returns keys without those equal to k.
func without(keys []*Key, k *Key) []*Key {
	return slices.DeleteFunc(slices.Clone(keys), func(other *Key) bool { return equal(k, other) })
}

func equal(a, b *Key) bool { return a.ID() == b.ID() && a.Same(b) }

func ids(keys []*Key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.ID()
	}
	return out
}
