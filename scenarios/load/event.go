package load

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Event is something that happens during a load. See [ParseEvent].
type Event struct {
	At time.Duration // since the end of the warm-up
	Do Doing

	Mode          keyring.Mode  // of EventRotate
	Fault         string        // of EventFault: the ID of one of Options.Faults, or a kind of fault
	Off           bool          // of EventFault: whether it ends
	For           time.Duration // how long it lasts; 0 for a fault means until an event ends it
	RatePerSecond float64       // of EventFlood
}

// Doing is what an [Event] does.
type Doing string

// What events do. EventOutage has every endpoint of the environment close
// connections without an answer; EventFlood sends, besides the load, good tokens
// whose kid nobody has published, each with another one.
const (
	EventRotate  Doing = "rotate"
	EventPromote Doing = "promote"
	EventOutage  Doing = "outage"
	EventFault   Doing = "fault"
	EventFlood   Doing = "flood"
)

// EventModes lists the modes of rotation during a load: those after which it is
// clear which tokens are good.
func EventModes() []keyring.Mode {
	return []keyring.Mode{keyring.SignAtOnce, keyring.PublishThenSign, keyring.DropOld, keyring.KidReuse}
}

// Environment is the mock environment that the target trusts, as far as events
// change it.
type Environment interface {
	// Rotate rotates the signing key, and Promote signs with the key that was
	// published last. Both return the key ID that signs from now on.
	Rotate(ctx context.Context, mode keyring.Mode) (kid string, err error)
	Promote(ctx context.Context) (kid string, err error)

	// Populate adds a fault, or replaces that with the same ID, and RemoveFault
	// removes it.
	Populate(ctx context.Context, f fault.Fault) error
	RemoveFault(ctx context.Context, id string) error
}

// The limits of events.
const (
	mostEvents = 100
	mostFlood  = 10_000 // tokens per second
)

// ParseEvent reads a time since the end of the warm-up and what happens then:
// "10s=rotate" or "10s=rotate:drop-old", "10s=promote", "20s=outage:5s",
// "20s=fault:slow:on", "25s=fault:slow:off" or "20s=fault:slow:5s", and
// "30s=flood:500/s:10s". The error is a [gate.ErrUsage].
func ParseEvent(text string) (Event, error) {
	at, what, _ := strings.Cut(text, "=")
	words := strings.Split(what, ":")
	e := Event{Do: Doing(words[0])}
	var err error
	if e.At, err = time.ParseDuration(strings.TrimSpace(at)); err != nil || !e.read(words[1:]) {
		return Event{}, gate.Usage(
			"event is %q, want a time and what happens then, such as 10s=rotate, 10s=rotate:drop-old, 10s=promote, 20s=outage:5s, 20s=fault:NAME:on or 30s=flood:500/s:10s",
			reports.Excerpt(text, 80))
	}
	return e, nil
}

// read reads what follows the first word, and reports whether it makes sense.
func (e *Event) read(words []string) bool {
	var err error
	switch {
	case e.Do == EventRotate && len(words) <= 1:
		e.Mode = keyring.Mode(cmp.Or(strings.Join(words, ""), string(keyring.SignAtOnce)))
	case e.Do == EventPromote && len(words) == 0:
	case e.Do == EventOutage && len(words) == 1:
		e.For, err = time.ParseDuration(words[0])
	case e.Do == EventFault && len(words) == 2:
		e.Fault, e.Off = words[0], words[1] == "off"
		if words[1] != "on" && !e.Off {
			e.For, err = time.ParseDuration(words[1])
			return err == nil && e.For > 0
		}
	case e.Do == EventFlood && len(words) == 2:
		e.RatePerSecond, err = ParseRate(words[0])
		if err == nil {
			e.For, err = time.ParseDuration(words[1])
		}
	default:
		return false
	}
	return err == nil
}

// String returns what happens, as ParseEvent reads it.
func (e Event) String() string {
	switch e.Do {
	case EventRotate:
		return fmt.Sprintf("%s:%s", e.Do, e.Mode)
	case EventOutage:
		return fmt.Sprintf("%s:%v", e.Do, e.For)
	case EventFlood:
		return fmt.Sprintf("%s:%s:%v", e.Do, formatRate(e.RatePerSecond), e.For)
	case EventFault:
		state := "on"
		if e.Off {
			state = "off"
		} else if e.For > 0 {
			state = e.For.String()
		}
		return fmt.Sprintf("%s:%s:%s", e.Do, e.Fault, state)
	}
	return string(e.Do)
}

// check returns an error if e cannot happen in a load that takes so long.
func (e Event) check(duration time.Duration, faults []fault.Fault) error {
	switch {
	case e.At < 0 || e.At >= duration:
		return gate.Usage("event %v is at %v, want a time from 0 to the end of the load at %v", e, e.At, duration)
	case e.For < 0, e.For == 0 && (e.Do == EventOutage || e.Do == EventFlood):
		return gate.Usage("event %v lasts %v, want more than 0", e, e.For)
	case e.Do == EventRotate && !slices.Contains(EventModes(), e.Mode):
		return gate.Usage("event %v: the mode of a rotation during a load is %q, want one of %q", e, e.Mode, EventModes())
	case e.Do == EventFlood && !(e.RatePerSecond > 0 && e.RatePerSecond <= mostFlood):
		return gate.Usage("event %v: the rate of a flood is %s, want more than 0 and at most %d/s", e, formatRate(e.RatePerSecond), mostFlood)
	case e.Do == EventFault:
		_, err := faultNamed(e.Fault, faults)
		return err
	}
	return nil
}

// faultNamed returns the fault with an ID, or else the one of a kind that needs
// no attributes, for the JWK Set.
func faultNamed(name string, faults []fault.Fault) (fault.Fault, error) {
	if i := slices.IndexFunc(faults, func(f fault.Fault) bool { return f.ID == name }); i >= 0 {
		return faults[i], nil
	}
	f := fault.Fault{ID: name, Where: fault.Keys, Kind: fault.Kind(name)}
	if !slices.Contains(fault.Kinds(), f.Kind) {
		return f, gate.Usage("fault %q is neither the ID of a fault that is defined nor a kind of fault", reports.Excerpt(name, 80))
	}
	if err := f.Validate(); err != nil {
		return f, gate.Usage("%w: define it, with an ID", err)
	}
	return f, nil
}

// outage is the fault of EventOutage.
func outage() fault.Fault { return fault.Fault{ID: "outage", Kind: fault.Close} }

// setEvents checks the events and puts them in order.
func (p *plan) setEvents() error {
	duration := p.schedule.duration - p.Warmup
	switch {
	case len(p.Events) == 0:
		return nil
	case len(p.Events) > mostEvents:
		return gate.Usage("there are %d events, want at most %d", len(p.Events), mostEvents)
	case p.Part.Of > 0:
		return gate.Usage("a part of a load has no events: all parts together have one environment")
	case p.URL != "" && p.Environment == nil:
		return gate.Usage("events need an environment that they can change")
	}
	p.Events = slices.Clone(p.Events)
	slices.SortStableFunc(p.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	on := make(map[string]bool)
	for _, e := range p.Events {
		if err := e.check(duration, p.Faults); err != nil {
			return err
		}
		if e.Do == EventFault {
			if e.Off && !on[e.Fault] {
				return gate.Usage("event %v: no earlier event turns it on", e)
			}
			on[e.Fault] = !e.Off
		}
	}
	return nil
}
