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

// place returns where the target runs, which the host that is connected to tells.
func (p *plan) place() place {
	if p.URL == "" {
		return sameProcess
	}
	for _, t := range p.Targets {
		if p.placeOf(t.URL) == elsewhere {
			return elsewhere
		}
	}
	return p.placeOf(p.URL)
}

// placeOf returns where a URL of another process is.
func (p *plan) placeOf(target string) place {
	u, err := url.Parse(target)
	if err != nil {
		return elsewhere
	}
	host := p.Connection.host(u.Hostname())
	if host == "" || strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback() {
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
