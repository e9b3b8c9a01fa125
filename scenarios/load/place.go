package load

import (
	"net"
	"net/url"
	"strings"
)

// place is where the target runs, as seen from the generator.
type place int

const (
	sameProcess place = iota
	sameMachine
	elsewhere
)

// place tells it by the host of the URL.
func (p *plan) place() place {
	if p.URL == "" {
		return sameProcess
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return elsewhere
	}
	if ip := net.ParseIP(u.Hostname()); strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback() {
		return sameMachine
	}
	return elsewhere
}

// series is the name of the whole load. A record of it must not be taken for
// that of a target on a machine of its own, even out of its stream.
func (p *plan) series() string {
	if p.place() == elsewhere {
		return "load"
	}
	return "load (shared CPU)"
}
