package verifiertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/verifier"
)

// faultyProviders returns the clauses on good tokens whose key is unavailable
// or must not be used.
func faultyProviders() []clause {
	broken := func(name string, reasons []verifier.Reason, break_ func(*world) error) clause {
		return clause{name, in(discovered, func(ctx context.Context, w *world) error {
			if err := break_(w); err != nil {
				return err
			}
			return w.present(ctx, w.key, forge.Change{}, refused(reasons...))
		})}
	}
	strikes := func(f fault.Fault) func(*world) error {
		return func(w *world) error {
			f.ID = "contract"
			return w.env.Faults().Add(f)
		}
	}
	fetchFailed := []verifier.Reason{verifier.ReasonJWKSFetchFailed}
	return []clause{
		broken("every token while the JWK Set answers 500", fetchFailed,
			strikes(fault.Fault{
				Where: fault.Keys, Kind: fault.Status, Attributes: fault.Attributes{Status: 500},
			})),
		broken("every token while the JWK Set is cut off", fetchFailed,
			strikes(fault.Fault{Where: fault.Keys, Kind: fault.Truncated})),
		broken("metadata of another issuer", []verifier.Reason{
			verifier.ReasonDiscoveryInvalid,
		}, func(w *world) error {
			return w.env.Publish(func(p *mockidp.Publication) {
				p.EditMetadata = func(d *mockidp.Document) {
					d.Set("issuer", "https://other.example")
				}
			})
		}),
	}
}

// manners returns the clauses on how a verifier behaves whatever the token is.
func manners() []clause {
	return []clause{
		{"safe for concurrent use", in(discovered, concurrently)},
		{"done when its context ends", in(discovered, untilContextEnds)},
		{"silent about tokens of other issuers", in(discovered, foreignTokensCostNothing)},
	}
}

// concurrently presents good and forged tokens at the same time, starting before
// there are keys.
func concurrently(ctx context.Context, w *world) error {
	good, err := w.mint(w.key, forge.Change{})
	if err != nil {
		return err
	}
	forged, err := w.mint(w.key, forge.Change{Signature: []forge.SignatureEdit{"flip"}})
	if err != nil {
		return err
	}
	const callers, calls = 16, 20
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			token, want := good.String(), accepted()
			if i%2 == 1 {
				token, want = forged.String(), refused(verifier.ReasonInvalidSignature)
			}
			for range calls {
				if errs[i] = present(ctx, w.verifier, token, want); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// untilContextEnds lets the provider hang.
func untilContextEnds(ctx context.Context, w *world) error {
	if err := w.env.Faults().Add(fault.Fault{
		ID: "contract", Where: fault.Discovery, Kind: fault.Hang,
	}); err != nil {
		return err
	}
	// In the end the provider answers again, so that the goroutine of a
	// verifier that waits for it can end.
	defer w.env.Faults().Reset()
	token, err := w.mint(w.key, forge.Change{})
	if err != nil {
		return err
	}
	const patience, slack = 100 * time.Millisecond, 2 * time.Second
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answered := make(chan error, 1)
	go func() {
		claims, err := w.verifier.Verify(short, token.String())
		answered <- refused().compare(claims, err)
	}()
	select {
	case err := <-answered:
		return err
	case <-time.After(patience + slack):
	}
	w.env.Faults().Reset()
	select {
	case <-answered:
	case <-time.After(verifyTimeout): // the verifier hangs for good
	}
	return fmt.Errorf("it had not answered %v after its context had ended", slack)
}

// foreignTokensCostNothing counts the requests that tokens of other issuers
// cause. There must be none, or anybody could make the verifier send requests.
func foreignTokensCostNothing(ctx context.Context, w *world) error {
	for n := range 20 {
		change := setClaim("iss", literally(fmt.Sprintf("https://env-%d.example", n)))(w)
		err := w.present(ctx, w.other, change, refused(verifier.ReasonInvalidIssuer))
		if err != nil {
			return err
		}
	}
	if requests := w.env.Requests(); len(requests) > 0 {
		return fmt.Errorf("it made %d requests, the first for %s, want none",
			len(requests), requests[0].Path)
	}
	return nil
}

// events returns the clauses on what happens to a provider over time.
func events() []clause {
	return []clause{
		{"a rotation", in(discovered, throughRotation)},
		{"the withdrawal of a key", in(discovered, throughWithdrawal)},
		{"an outage", in(discovered, throughOutage)},
		{"a flood of unknown keys", in(discovered, throughFlood)},
	}
}

// throughRotation publishes a new key next to the old one when it first signs.
func throughRotation(ctx context.Context, w *world) error {
	if err := w.presentGood(ctx); err != nil {
		return err
	}
	if err := w.env.Ring().Rotate(keyring.SignAtOnce, w.other); err != nil {
		return err
	}
	if err := w.present(ctx, w.other, forge.Change{}, accepted()); err != nil {
		return fmt.Errorf("a token of the new key: %w", err)
	}
	if err := w.present(ctx, w.key, forge.Change{}, accepted()); err != nil {
		return fmt.Errorf("a token of the old key, which is still published: %w", err)
	}
	return nil
}

// throughWithdrawal replaces the key with a new one, as after a leak.
func throughWithdrawal(ctx context.Context, w *world) error {
	if err := w.presentGood(ctx); err != nil {
		return err
	}
	if err := w.env.Ring().Rotate(keyring.DropOld, w.other); err != nil {
		return err
	}
	if err := w.present(ctx, w.other, forge.Change{}, accepted()); err != nil {
		return fmt.Errorf("a token of the new key: %w", err)
	}
	// The verifier has just fetched a set without the old key.
	if err := w.present(ctx, w.key, forge.Change{},
		refused(verifier.ReasonKeyNotFound)); err != nil {
		return fmt.Errorf("a token of the withdrawn key: %w", err)
	}
	return nil
}

// throughOutage lets the provider fail, first while the keys are fresh and then
// when they have aged.
func throughOutage(ctx context.Context, w *world) error {
	if err := w.presentGood(ctx); err != nil {
		return err
	}
	if err := w.env.Faults().Add(fault.Fault{
		ID: "contract", Kind: fault.Status, Attributes: fault.Attributes{Status: 503},
	}); err != nil {
		return err
	}
	unknown := refused(verifier.ReasonKeyNotFound, verifier.ReasonJWKSFetchFailed)
	if err := w.present(ctx, w.other, forge.Change{}, unknown); err != nil {
		return fmt.Errorf("a token of an unknown key: %w", err)
	}
	for _, d := range []time.Duration{0, 20 * time.Minute} {
		w.advance(d)
		if err := w.presentGood(ctx); err != nil {
			return fmt.Errorf("%v into the outage: %w", d, err)
		}
	}
	return nil
}

// throughFlood presents tokens of many unknown keys and counts the fetches.
func throughFlood(ctx context.Context, w *world) error {
	if err := w.presentGood(ctx); err != nil {
		return err
	}
	// Careful verifiers fetch once or twice; ten leaves room for a bucket of
	// any sensible size.
	const tokens, most = 200, 10
	before := w.env.Counts()[fault.Keys]
	for n := range tokens {
		change := setHeader("kid", literally(fmt.Sprintf("snk_%017d", n)))(w)
		change.Signing = forge.Signing{Alg: "HS256", Secret: []byte("any")}
		if err := w.present(ctx, w.key, change, refused(verifier.ReasonKeyNotFound)); err != nil {
			return err
		}
	}
	if fetched := w.env.Counts()[fault.Keys] - before; fetched > most {
		return fmt.Errorf("%d tokens of unknown keys made it fetch the JWK Set %d times, want at most %d",
			tokens, fetched, most)
	}
	return w.presentGood(ctx)
}
