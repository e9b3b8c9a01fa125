package load

import (
	"net"
	"net/url"
	"strings"
)

// place says where the target runs, as seen from the generator.
type place int

const (
	sameProcess place = iota
	sameMachine
	elsewhere
)

// place returns where the target runs, which the host of the URL tells.
func (p *plan) place() place {
	if p.URL == "" {
		return sameProcess
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return elsewhere
	}
	if ip := net.ParseIP(u.Hostname()); strings.EqualFold(u.Hostname(), "localhost") ||
		ip != nil && ip.IsLoopback() {
		return sameMachine
	}
	return elsewhere
}

// series returns the name of the series of the whole load. Even outside its
// stream, a record must not look like one of a target on a separate machine.
func (p *plan) series() string {
	if p.place() == elsewhere {
		return "load"
	}
	return "load (shared CPU)"
}
