package keyring

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assay-id/assay/mockidp/internal/words"
)

// Schedule rotates a ring regularly, each time to the next of Keys. The zero
// value rotates nothing.
type Schedule struct {
	// Every is the time from one rotation to the next.
	Every time.Duration

	// Overlap is how long the sets of keys overlap, or how long the trouble
	// lasts. For a rotation at the time T this means
	//
	//	publish-then-sign  published at T-Overlap, signs at T, the old key leaves at T+Overlap
	//	sign-at-once       signs at T, the old key leaves at T+Overlap
	//	rollback           signs at T, the set from before comes back at T+Overlap
	//	flapping           begins at T, ends at T+Overlap and the old key leaves
	//
	// The other modes have no Overlap.
	Overlap time.Duration

	// Mode is the way to rotate. Empty means [PublishThenSign].
	Mode Mode

	// Keys take turns signing. Each time they have a different key ID, unless
	// the mode is [KidReuse]; the key material is reused, so that a ring that
	// rotates for days costs no more than these keys.
	Keys []*Key
}

// Validate reports times that make no sense for the mode, and missing keys.
func (s Schedule) Validate() error {
	if s.Every == 0 && s.Overlap == 0 && s.Mode == "" && s.Keys == nil {
		return nil
	}
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(format, args...))
	}
	if s.Every <= 0 {
		problem("a rotation every %v, want more than 0", s.Every)
	}
	switch mode := s.mode(); mode {
	case PublishThenSign:
		if s.Overlap <= 0 || 2*s.Overlap > s.Every {
			problem("an overlap of %v, want more than 0 and at most half of %v in the mode %q",
				s.Overlap, s.Every, mode)
		}
	case SignAtOnce, Rollback, Flapping:
		if s.Overlap <= 0 || s.Overlap >= s.Every {
			problem("an overlap of %v, want more than 0 and less than %v in the mode %q",
				s.Overlap, s.Every, mode)
		}
	case DropOld, KidReuse, Unpublished:
		if s.Overlap != 0 {
			problem("an overlap of %v, want none in the mode %q", s.Overlap, mode)
		}
	default:
		problem("rotation mode is %q, want one of %s", mode, words.Join(Modes()))
	}
	if len(s.Keys) == 0 || slices.Contains(s.Keys, nil) {
		problem("%d keys to rotate to, want at least one and none that is nil", len(s.Keys))
	}
	return errors.Join(problems...)
}

func (s Schedule) mode() Mode {
	if s.Mode == "" {
		return PublishThenSign
	}
	return s.Mode
}

// following is a schedule that a ring follows. Nothing happens by itself:
// whenever the ring is used, it catches up with what should have happened by
// then.
type following struct {
	Schedule
	start time.Time
	turn  int // 1 for the first rotation
	step  int // the step of the turn
	old   *Key
}

// step is one change of a rotation.
type step struct {
	after time.Duration // the time of the rotation; may be negative
	do    func(r *Ring, f *following)
}

// steps returns the changes of each rotation in order.
func (s Schedule) steps() []step {
	rotate := func(mode Mode) func(*Ring, *following) {
		return func(r *Ring, f *following) {
			f.old = r.signing
			r.rotate(mode, f.next())
		}
	}
	retire := func(r *Ring, f *following) {
		r.publish(without(r.published, f.old))
		r.log("retire")
	}
	switch mode := s.mode(); mode {
	case PublishThenSign:
		return []step{
			{-s.Overlap, rotate(PublishThenSign)},
			{0, func(r *Ring, f *following) { r.sign(f.next()); r.log("promote") }},
			{s.Overlap, retire},
		}
	case SignAtOnce, Flapping:
		return []step{{0, rotate(mode)}, {s.Overlap, retire}}
	case Rollback:
		return []step{
			{0, rotate(SignAtOnce)},
			{s.Overlap, func(r *Ring, _ *following) { r.rotate(Rollback, nil) }},
		}
	default:
		return []step{{0, rotate(mode)}}
	}
}

// next returns the key of the turn under a key ID of its own.
func (f *following) next() *Key {
	key := f.Keys[(f.turn-1)%len(f.Keys)]
	sum := sha256.Sum256(fmt.Appendf(nil, "turn %d of %s", f.turn, key.id))
	return key.WithID("snk_" + digits(binary.BigEndian.Uint64(sum[:8])))
}

// due returns when the next step is.
func (f *following) due() time.Time {
	return f.start.Add(time.Duration(f.turn)*f.Every + f.steps()[f.step].after)
}

// Follow rotates the ring as the schedule says from now on, instead of
// following an earlier schedule. The zero value stops the rotation. The times
// are on the ring's clock. Manual changes remain possible. If it returns an
// error, which is one of [Schedule.Validate], it changes nothing.
func (r *Ring) Follow(s Schedule) error {
	if err := s.Validate(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	r.schedule = nil
	if s.Every > 0 {
		s.Keys = slices.Clone(s.Keys)
		r.schedule = &following{Schedule: s, start: r.now(), turn: 1, old: r.signing}
	}
	return nil
}

// Schedule returns what the ring follows, the zero value if nothing.
func (r *Ring) Schedule() Schedule {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.schedule == nil {
		return Schedule{}
	}
	s := r.schedule.Schedule
	s.Keys = slices.Clone(s.Keys)
	return s
}

// catchUp makes the changes that were due until now, with the times at which
// they were due. After a long time without use it skips all but the last
// rotations, which nobody could have seen.
func (r *Ring) catchUp() {
	f := r.schedule
	if f == nil {
		return
	}
	now := r.now()
	steps := f.steps()
	for due := f.due(); !due.After(now); due = f.due() {
		// A turn that has begun is finished first; otherwise its old key
		// would stay.
		if behind := int(now.Sub(f.start)/f.Every) - f.turn; f.step == 0 && behind > maxChanges {
			f.turn += behind - maxChanges
			continue
		}
		r.at = due
		steps[f.step].do(r, f)
		if f.step++; f.step == len(steps) {
			f.turn, f.step = f.turn+1, 0
		}
	}
	r.at = time.Time{}
}
