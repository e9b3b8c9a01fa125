// Package loopback knows what is on this machine and nowhere else.
package loopback

import (
	"context"
	"fmt"
	"net"
)

// freePort is an address that can be listened on, for messages.
const freePort = "127.0.0.1:0"

// Listen listens on a loopback address: host:port, where the host is localhost
// or an IP address. It returns an error, which names the address, if the host is
// another one, also if localhost is.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q: want host:port, for instance %s: %w", addr, freePort, err)
	}
	if host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return nil, fmt.Errorf("address %q is not a loopback address, want one such as %s", addr, freePort)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", addr, err)
	}
	if ip := listener.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		listener.Close()
		return nil, fmt.Errorf("address %q is %s, which is not a loopback address", addr, ip)
	}
	return listener, nil
}

// Host reports whether a host is one of those by which applications that are
// being developed are reached: localhost, 127.0.0.1 and ::1.
func Host(name string) bool {
	return name == "localhost" || name == "127.0.0.1" || name == "::1"
}
