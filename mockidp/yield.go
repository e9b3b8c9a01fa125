package mockidp

import (
	"context"
	"errors"
	"net"
	"strconv"
)

// Yield stops listening, so that another process can serve the same URL, and
// returns where and how it has to listen for that: the same seed then gives it
// the same authority and the same keys. It ends faults that wait, lets other
// requests finish for as long as ctx allows, at most 5 s, and cuts them off
// then. It returns an error if the address is yielded already, and after
// [Listener.Close].
func (l *Listener) Yield(ctx context.Context) (ListenerConfig, error) {
	l.mu.Lock()
	switch {
	case l.closed:
		l.mu.Unlock()
		return ListenerConfig{}, errClosed
	case l.yielded:
		l.mu.Unlock()
		return ListenerConfig{}, errors.New("another process has the address already")
	}
	l.yielded = true
	open := l.port
	l.mu.Unlock()
	_ = open.Close(ctx) // the requests that were cut off are all that can go wrong
	cfg := l.cfg
	cfg.TLS = l.Profile()
	return cfg, nil
}

// Reclaim listens again after [Listener.Yield]. It returns an error if another
// process still listens on the address, and after [Listener.Close]. It does
// nothing if the address was not yielded. ctx bounds the start only.
func (l *Listener) Reclaim(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return errClosed
	case !l.yielded:
		return nil
	}
	bound, err := listen(ctx, l.cfg)
	if err != nil {
		return err
	}
	l.before, l.port, l.yielded = l.traffic(), l.newPort(bound), false
	go l.port.Run()
	return nil
}

// at returns c with the port of address instead of any free one.
func (c ListenerConfig) at(address *net.TCPAddr) ListenerConfig {
	host, _, _ := net.SplitHostPort(c.addr())
	c.Addr = net.JoinHostPort(host, strconv.Itoa(address.Port))
	return c
}
