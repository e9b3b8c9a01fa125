package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// load is the Load screen: a service under load, as it goes.
type load struct {
	meter

	offset, height int // of the pane of verdicts
}

func newLoad() *load {
	return &load{meter: newMeter(reports.CommandLoad, []option{
		{label: "target", usual: "a mock environment, and a service with builtin", kind: words, help: "URL of a service that trusts a running assay idp; more flags says how, such as --control URL"},
		{label: "rate", flag: "--rate", usual: "200/s", help: "requests and the time that they are sent in, such as 2000/s or 50/100ms"},
		{label: "duration", flag: "--duration", usual: "10s", help: "how long to send requests"},
		{label: "stages", flag: "--stages", help: "instead of rate and duration: durations with the rate at the end of each, 30s:100/s,1m:100/s"},
		{label: "arrivals", flag: "--arrivals", usual: "even", help: "how requests are distributed in time: even or poisson"},
		{label: "users", flag: "--users", help: "instead of a rate: virtual users, who wait for each answer; or stages such as 30s:10,1m:50"},
		{label: "find capacity", flag: "--find-capacity", kind: lamp, help: "search for the highest rate that meets every threshold; space switches"},
		{label: "mix", flag: "--mix", usual: "the usual cases", help: "cases, or IDs of scenarios, with their weights: good=95,aud.prefix=5"},
		{label: "headers", flag: "--header", kind: several, help: "of each request, such as X-Tenant: a; X-Trace: b"},
		{label: "events", flag: "--event", kind: several, help: "what happens to the environment: 5s=rotate; 8s=outage:2s; 9s=flood:500/s:5s"},
		{label: "thresholds", flag: "--threshold", kind: several, help: "conditions such as p99 < 5ms; errors share < 0.1%"},
		{label: "seed", flag: "--seed", usual: "random", help: "repeats the tokens and their order"},
		{label: "more flags", kind: free, help: "any flags of assay load, as in a shell"},
	})}
}

func (l *load) name() string { return "Load" }

func (l *load) do(a *app, act action) tea.Cmd {
	switch act {
	case actUp, actDown, actPageUp, actPageDown, actTop, actBottom:
		l.offset = scroll(act, l.offset, l.height)
		return nil
	}
	return l.meter.do(a, l, act)
}
