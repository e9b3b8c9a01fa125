package main

import (
	"fmt"
	"time"

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
