package load

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/corpus"
)

// timeline carries out the events of a load.
type timeline struct {
	plan        plan
	environment Environment
	targets     *targets
	provider    func() corpus.Provider // with the key that signs now
	url         string
	began       time.Time // the end of the warm-up

	running  sync.WaitGroup
	renewing sync.Mutex // held while tokens are made

	mu     sync.Mutex
	events []reports.Event
	floods map[int]*flood // by the index of its event
}

// since returns the time since the end of the warm-up.
func (l *timeline) since() time.Duration { return time.Since(l.began) }

// action is what is done at a time from the end of the warm-up.
type action struct {
	at time.Duration
	do func(ctx context.Context)
}

// eventTimeout bounds what the environment may take for an event.
const eventTimeout = 10 * time.Second

// start carries out the events, as their times from began come, until stop is
// called. That removes faults that still last, and returns when nothing is under
// way any longer.
func (l *timeline) start(ctx context.Context, began time.Time, client func() *http.Client) (stop func()) {
	l.began = began
	ctx, cancel := context.WithCancel(ctx)
	l.floods = make(map[int]*flood)
	for _, e := range l.plan.Events {
		l.events = append(l.events, reports.Event{Event: e.String(), PlannedSeconds: e.At.Seconds()})
	}
	l.running.Go(func() {
		for _, a := range l.actions(client) {
			if sleep(ctx, a.at-l.since()); ctx.Err() != nil {
				break
			}
			a.do(ctx)
		}
		<-ctx.Done()
		l.undo(context.WithoutCancel(ctx))
	})
	return func() {
		cancel()
		l.running.Wait()
	}
}

// actions returns what is done when.
func (l *timeline) actions(client func() *http.Client) []action {
	var all []action
	add := func(at time.Duration, do func(ctx context.Context)) { all = append(all, action{at, do}) }
	for i, e := range l.plan.Events {
		switch e.Do {
		case EventRotate, EventPromote:
			add(e.At, func(ctx context.Context) { l.rotate(ctx, i, e) })
		case EventFlood:
			add(e.At, func(ctx context.Context) { l.flood(ctx, i, e, client()) })
		case EventOutage:
			add(e.At, func(ctx context.Context) { l.plant(ctx, i, outage()) })
			add(e.At+e.For, func(ctx context.Context) { l.remove(ctx, i, outage().ID) })
		case EventFault:
			f, _ := faultNamed(e.Fault, l.plan.Faults) // checked before
			switch {
			case e.Off:
				add(e.At, func(ctx context.Context) { l.turnOff(ctx, i, f.ID) })
			case e.For > 0:
				add(e.At+e.For, func(ctx context.Context) { l.remove(ctx, i, f.ID) })
				fallthrough
			default:
				add(e.At, func(ctx context.Context) { l.plant(ctx, i, f) })
			}
		}
	}
	slices.SortStableFunc(all, func(a, b action) int { return cmp.Compare(a.at, b.at) })
	return all
}

// done records when event i took effect, or that it did not.
func (l *timeline) done(i int, err error, result string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.events[i]
	e.AtSeconds, e.Result = l.since().Seconds(), result
	if err != nil {
		e.Failure = reports.Redact(err.Error())
	}
}

// sofar returns the events that have begun.
func (l *timeline) sofar() []reports.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.events), func(e reports.Event) bool { return e.AtSeconds == 0 && e.Failure == "" })
}

// within calls do with a deadline.
func within(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, eventTimeout)
	defer cancel()
	return do(ctx)
}

func (l *timeline) plant(ctx context.Context, i int, f fault.Fault) {
	l.done(i, within(ctx, func(ctx context.Context) error { return l.environment.Populate(ctx, f) }), "")
}

// turnOff is an event of its own.
func (l *timeline) turnOff(ctx context.Context, i int, id string) {
	l.done(i, within(ctx, func(ctx context.Context) error { return l.environment.RemoveFault(ctx, id) }), "")
}

// remove ends event i, which has planted a fault.
func (l *timeline) remove(ctx context.Context, i int, id string) {
	l.mu.Lock()
	failed := l.events[i].Failure != ""
	l.mu.Unlock()
	if failed {
		return
	}
	err := within(ctx, func(ctx context.Context) error { return l.environment.RemoveFault(ctx, id) })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events[i].UntilSeconds = l.since().Seconds()
	if err != nil {
		l.events[i].Failure = "it does not end: " + reports.Redact(err.Error())
	}
}

// undo removes the faults that events have planted and not removed.
func (l *timeline) undo(ctx context.Context) {
	for i, e := range l.plan.Events {
		l.mu.Lock()
		began, over := l.events[i].AtSeconds > 0 && l.events[i].Failure == "", l.events[i].UntilSeconds > 0
		l.mu.Unlock()
		switch {
		case !began || over:
		case e.Do == EventOutage:
			l.remove(ctx, i, outage().ID)
		case e.Do == EventFault && !e.Off && !l.ended(e):
			l.remove(ctx, i, e.Fault)
		}
	}
}

// ended reports whether an event that has taken place turns the fault of e off.
func (l *timeline) ended(e Event) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.plan.Events {
		if other.Do == EventFault && other.Off && other.Fault == e.Fault && other.At >= e.At && l.events[i].AtSeconds > 0 {
			return true
		}
	}
	return false
}

// rotate changes the signing key. From then on, new tokens replace the old ones
// as fast as they can be made.
func (l *timeline) rotate(ctx context.Context, i int, e Event) {
	gone := e.Do == EventRotate && (e.Mode == keyring.DropOld || e.Mode == keyring.KidReuse)
	if gone {
		l.targets.drop(l.plan.Warmup + l.since())
	}
	var kid string
	err := within(ctx, func(ctx context.Context) (err error) {
		if e.Do == EventPromote {
			kid, err = l.environment.Promote(ctx)
		} else {
			kid, err = l.environment.Rotate(ctx, e.Mode)
		}
		return err
	})
	if err != nil {
		l.targets.keep()
		l.done(i, err, "")
		return
	}
	result := kid + " signs"
	l.done(i, nil, result)
	if e.Mode == keyring.PublishThenSign {
		return // the old key still signs
	}
	l.targets.generation.Add(1)
	l.running.Go(func() {
		l.renewing.Lock()
		defer l.renewing.Unlock()
		began := time.Now()
		n, err := l.targets.renew(ctx, l.plan, l.provider(), l.url)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events[i].Result = fmt.Sprintf("%s; %s made in %v", result, reports.FormatNoun(n, "token"), time.Since(began).Round(time.Millisecond))
		if err != nil && ctx.Err() == nil {
			l.events[i].Failure = "making tokens: " + reports.Redact(err.Error())
		}
	})
}

// failures lists the events that were not carried out.
func (l *timeline) failures() []string {
	var all []string
	for _, e := range l.events {
		if e.Failure != "" {
			all = append(all, fmt.Sprintf("event %s at %v s failed: %s", e.Event, e.PlannedSeconds, e.Failure))
		}
	}
	return all
}
