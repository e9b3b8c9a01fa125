package verifier

import (
	"context"
	"time"
)

// maxRevalidationWait is how long a request waits for a provider before it
// uses a set that is past its freshness: longer than a sound provider takes,
// and short enough to go unnoticed once.
const maxRevalidationWait = time.Second

// flight is one fetch. done is closed when it has ended; err is then set. slow
// is closed when callers who have a usable set need not wait any longer.
type flight struct {
	done, slow chan struct{}
	err        *Error
}

// await starts or joins a fetch and waits for its keys. seen is the held set
// that is not enough.
func (r *Remote) await(
	ctx context.Context, now time.Time, why Trigger, seen *heldSet,
) (*KeySet, *Error) {
	f, _, err := r.start(ctx, now, why, seen, wantedKey{})
	if err != nil {
		r.cfg.Hooks.suppressed(why, err.RetryAfter)
		return nil, err
	}
	return r.wait(ctx, f)
}

// wait returns the keys that are held when f has ended.
func (r *Remote) wait(ctx context.Context, f *flight) (*KeySet, *Error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, &Error{
			Reason: ReasonJWKSFetchFailed, Detail: "the caller stopped waiting",
			Err: context.Cause(ctx),
		}
	}
	if f.err != nil {
		e := *f.err // the caller may write to its own
		return nil, &e
	}
	return r.held.Load().keys, nil
}

// start returns the fetch that is running, which the caller then joins, or a
// new one, or the reason why no fetch may start now. If one has ended since the
// caller saw the held set, that one is joined.
func (r *Remote) start(
	ctx context.Context, now time.Time, why Trigger, seen *heldSet, want wantedKey,
) (f *flight, joined bool, refused *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight != nil {
		return r.flight, true, nil
	}
	if r.held.Load() != seen {
		f = &flight{done: make(chan struct{})}
		close(f.done)
		return f, true, nil
	}
	if r.closed {
		return nil, false, &Error{Reason: ReasonJWKSFetchFailed, Detail: "the key source is closed"}
	}
	if refused := r.pace.permit(now, why, want); refused != nil {
		return nil, false, refused
	}
	f = &flight{done: make(chan struct{}), slow: make(chan struct{})}
	r.flight = f
	// The fetch serves all callers, so it outlives the one that happens to
	// start it; only the values of that context, such as a trace, are kept.
	ctx = context.WithoutCancel(ctx)
	r.work.Go(func() { r.run(ctx, f, why, want) })
	return f, false, nil
}

// run carries out one fetch.
func (r *Remote) run(ctx context.Context, f *flight, why Trigger, want wantedKey) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.FetchTimeout)
	defer cancel()
	defer context.AfterFunc(r.life, cancel)()
	slow := time.AfterFunc(maxRevalidationWait, func() { close(f.slow) })
	defer slow.Stop()

	previous := r.held.Load()
	began, clock := r.now(), time.Now()
	answer, err := r.fetch.run(ctx, began, why == TriggerUnknownKey || why == TriggerSuspect)
	now := r.now()
	changed := false
	if err == nil {
		if changed, err = r.accept(previous, answer, now); err != nil {
			r.fetch.forget()
		}
	}
	r.report(FetchedEvent{
		Trigger: why, Discovered: answer.discovered, Status: answer.status,
		BodyBytes: answer.bodyBytes, Duration: time.Since(clock),
	}, err)

	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.pace.failed(began, now, why, err, answer.retryAfter)
	} else {
		r.pace.succeeded(changed)
		if why == TriggerUnknownKey && !r.held.Load().keys.has(want.query) {
			r.pace.remember(want, now)
		}
	}
	f.err = err
	r.flight = nil
	close(f.done)
}

// report tells the hooks of a fetch.
func (r *Remote) report(e FetchedEvent, err *Error) {
	if err != nil {
		e.Err = err
	}
	r.cfg.Hooks.fetched(e)
}

// accept makes the answer of a fetch the held set, and reports whether its
// keys differ from those before. A set without a usable key never replaces one
// that has some: it is more likely a fault than the intention to lock everybody
// out.
func (r *Remote) accept(
	previous *heldSet, answer answer, now time.Time,
) (changed bool, err *Error) {
	var old *KeySet
	generation := uint64(0)
	if previous != nil {
		old, generation = previous.keys, previous.generation
	}
	keys := answer.keys
	if keys == nil { // not modified
		keys = old
	}
	if keys.usable == 0 && old != nil && old.usable > 0 {
		return false, &Error{
			Reason: ReasonJWKSInvalid,
			Detail: "the new JWK Set has no usable key; the old one is kept",
		}
	}
	changed = keys != old
	if changed {
		generation++
	}
	r.held.Store(newHeldSet(keys, generation, answer.jwksURI, now, answer.freshFor(r.cfg.FreshFor),
		r.cfg.StaleFor))
	if changed {
		r.cfg.Hooks.keysChanged(generation, old, keys)
	}
	return changed, nil
}
