package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/tui"
)

// faultSwitch is a fault that the terminal UI can turn on and off.
type faultSwitch struct {
	title string
	fault fault.Fault
}

// faultSwitches lists what goes wrong with real environments. assay idp ctl fault
// can do much more.
func faultSwitches() []faultSwitch {
	keys := func(id, title string, kind fault.Kind, x fault.Attributes) faultSwitch {
		return faultSwitch{title, fault.Fault{ID: id, Where: fault.Keys, Kind: kind, Attributes: x}}
	}
	html := fault.Attributes{Body: []byte("<!doctype html><title>Sign in</title>"), ContentType: "text/html"}
	slash := forge.Patch{Set: keyring.Object{{Name: "issuer", Value: "https://other.example/"}}}
	return []faultSwitch{
		keys("keys-503", "the JWK Set answers 503", fault.Status, fault.Attributes{Status: 503}),
		keys("keys-429", "the JWK Set answers 429, Retry-After 30", fault.Status, fault.Attributes{Status: 429, RetryAfter: "30"}),
		keys("keys-slow", "the JWK Set takes 3 s", fault.Delay, fault.Attributes{Delay: 3 * time.Second}),
		keys("keys-hang", "the JWK Set never answers", fault.Hang, fault.Attributes{}),
		keys("keys-html", "the JWK Set is a login page", fault.Body, html),
		keys("keys-truncated", "the JWK Set ends half way", fault.Truncated, fault.Attributes{}),
		keys("keys-empty", "the JWK Set has no keys", fault.Body, fault.Attributes{Body: []byte(`{"keys":[]}`)}),
		keys("keys-flaky", "every other request for the JWK Set is closed", fault.Close, fault.Attributes{}).sometimes(0.5),
		{"the provider metadata answers 404", fault.Fault{ID: "metadata-404", Where: fault.Discovery, Kind: fault.Status, Attributes: fault.Attributes{Status: 404}}},
		{"the provider metadata names another issuer", fault.Fault{ID: "metadata-issuer", Where: fault.Discovery, Kind: fault.Edit, Attributes: fault.Attributes{Edit: slash}}},
		{"the token endpoint answers 503", fault.Fault{ID: "token-503", Where: fault.Token, Kind: fault.Status, Attributes: fault.Attributes{Status: 503}}},
		{"the token endpoint loses its answers", fault.Fault{ID: "token-lost", Where: fault.Token, Kind: fault.Lost}},
		{"every endpoint takes 300 ms", fault.Fault{ID: "all-slow", Kind: fault.Delay, Attributes: fault.Attributes{Delay: 300 * time.Millisecond}}},
	}
}

// sometimes strikes only a share of the requests.
func (s faultSwitch) sometimes(share float64) faultSwitch {
	s.fault.Probability = share
	return s
}

// describeFault says what a fault does and to which requests.
func describeFault(f fault.Fault) string {
	where := string(f.Where)
	if where == "" {
		where = "all endpoints"
	}
	words := []string{where, string(f.Kind)}
	a := f.Attributes
	if a.Status != 0 {
		words = append(words, strconv.Itoa(a.Status))
	}
	if a.Delay != 0 {
		words = append(words, a.Delay.String())
	}
	if a.Jitter != 0 {
		words = append(words, "± "+a.Jitter.String())
	}
	if f.Probability != 0 {
		words = append(words, fmt.Sprintf("share %g", f.Probability))
	}
	if f.Skip != 0 {
		words = append(words, fmt.Sprintf("after %d", f.Skip))
	}
	if f.Count != 0 {
		words = append(words, fmt.Sprintf("%d times", f.Count))
	}
	return strings.Join(words, " ")
}

// Inject turns on a fault that was typed: the ID of a switch, with attributes
// that replace its own, or the JSON of assay idp ctl faults add.
func (v *idpView) Inject(text string) error {
	faults, err := typedFaults(text)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.switched++
	for _, f := range faults {
		v.env.Faults().Remove(f.ID)
		if err := v.env.Faults().Add(f); err != nil {
			return err
		}
	}
	return nil
}

func typedFaults(text string) ([]fault.Fault, error) {
	if text = strings.TrimSpace(text); strings.HasPrefix(text, "{") {
		return control.ParseFaults("the fault", []byte(text))
	}
	words := strings.Fields(text)
	var ids []string
	for _, s := range faultSwitches() {
		ids = append(ids, s.fault.ID)
		if len(words) == 0 || s.fault.ID != words[0] {
			continue
		}
		for _, word := range words[1:] {
			if err := setAttribute(&s.fault, word); err != nil {
				return nil, err
			}
		}
		return []fault.Fault{s.fault}, nil
	}
	return nil, fmt.Errorf("%q begins with no switch, want one of %s, and attributes such as delay=5s share=0.5, or JSON", text, strings.Join(ids, ", "))
}

// setAttribute sets one attribute of a fault, written name=value.
func setAttribute(f *fault.Fault, text string) (err error) {
	name, value, _ := strings.Cut(text, "=")
	switch name {
	case "delay":
		f.Attributes.Delay, err = time.ParseDuration(value)
	case "jitter":
		f.Attributes.Jitter, err = time.ParseDuration(value)
	case "status":
		f.Attributes.Status, err = strconv.Atoi(value)
	case "retry-after":
		f.Attributes.RetryAfter = value
	case "share":
		f.Probability, err = strconv.ParseFloat(value, 64)
	case "skip":
		f.Skip, err = strconv.Atoi(value)
	case "count":
		f.Count, err = strconv.Atoi(value)
	default:
		return fmt.Errorf("%q is no attribute, want delay=, jitter=, status=, retry-after=, share=, skip= or count=", text)
	}
	if err != nil {
		return fmt.Errorf("%s is %q: %w", name, value, err)
	}
	return nil
}

// switches returns the switches with their state.
func (v *idpView) switches() []tui.FaultSwitch {
	on := make(map[string]bool)
	for _, f := range v.env.Faults().Faults() {
		on[f.ID] = true
	}
	var all []tui.FaultSwitch
	for _, s := range faultSwitches() {
		all = append(all, tui.FaultSwitch{ID: s.fault.ID, Title: s.title, On: on[s.fault.ID]})
	}
	return all
}

// Switch turns a fault on or off.
func (v *idpView) Switch(id string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.switched++
	if v.env.Faults().Remove(id) {
		return nil
	}
	for _, s := range faultSwitches() {
		if s.fault.ID == id {
			return v.env.Faults().Add(s.fault)
		}
	}
	return fmt.Errorf("there is no fault %q", id)
}
