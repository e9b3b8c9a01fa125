package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"strings"

	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Protocol is the version of HTTP that a load speaks.
type Protocol string

// The protocols. The zero value is HTTP1.
const (
	HTTP1 Protocol = "http1"
	HTTP2 Protocol = "http2" // over TLS
	H2C   Protocol = "h2c"   // HTTP/2 without TLS, which the target must expect
)

// Protocols lists every protocol.
func Protocols() []Protocol { return []Protocol{HTTP1, HTTP2, H2C} }

// Connection says how the target is reached. The zero value connects to the host
// of the URL, and trusts the authorities of the system.
type Connection struct {
	// Protocol is the version of HTTP. Empty means HTTP1.
	Protocol Protocol

	// RootCAs are the authorities to trust. Nil means those of the system.
	RootCAs *x509.CertPool

	// Certificate is what the generator identifies itself with, if the target
	// asks for a certificate.
	Certificate *tls.Certificate

	// InsecureSkipVerify accepts any certificate of the target, so that anyone
	// between the two can read the tokens.
	InsecureSkipVerify bool

	// Address is where to connect to instead of the host and port of the URL:
	// a host and a port, or unix: and the path of a socket.
	Address string

	// NoKeepAlive opens a connection for each request.
	NoKeepAlive bool

	// dialer makes the connections of tests. Nil means a net.Dialer.
	dialer func(ctx context.Context, network, address string) (net.Conn, error)
}

// unixPrefix begins the address of a socket.
const unixPrefix = "unix:"

// check returns an error if c cannot reach a target at url.
func (c *Connection) check(url string) error {
	secure := strings.HasPrefix(url, "https:")
	switch {
	case c.Protocol != "" && !slices.Contains(Protocols(), c.Protocol):
		return gate.Usage("protocol is %q, want one of %s, %s, %s", c.Protocol, HTTP1, HTTP2, H2C)
	case c.Protocol == HTTP2 && !secure:
		return gate.Usage("protocol %s needs an https URL, and the URL is %q; without TLS it is %s", HTTP2, url, H2C)
	case c.Protocol == H2C && secure:
		return gate.Usage("protocol %s needs an http URL, and the URL is %q; with TLS it is %s", H2C, url, HTTP2)
	case !secure && (c.RootCAs != nil || c.Certificate != nil || c.InsecureSkipVerify):
		return gate.Usage("certificates need the https URL of a target, and the URL is %q", url)
	case c.RootCAs != nil && c.InsecureSkipVerify:
		return gate.Usage("CA certificates are of no effect if any certificate is accepted")
	case c.Address != "" && url == "":
		return gate.Usage("an address to connect to needs the URL of a target")
	}
	if path, isSocket := strings.CutPrefix(c.Address, unixPrefix); isSocket && path == "" {
		return gate.Usage("address %q has no path of a socket", c.Address)
	} else if _, port, err := net.SplitHostPort(c.Address); c.Address != "" && !isSocket && (err != nil || port == "") {
		return gate.Usage("address %q is neither a host and a port nor %sPATH", c.Address, unixPrefix)
	}
	return nil
}

// describe says in what way c differs from what is usual, or "".
func (c *Connection) describe() string {
	var ways []string
	if c.Protocol != "" && c.Protocol != HTTP1 {
		ways = append(ways, "over "+string(c.Protocol))
	}
	if c.Address != "" {
		ways = append(ways, "to "+c.Address+" instead of the host of the URL")
	}
	if c.NoKeepAlive {
		ways = append(ways, "on a connection each")
	}
	if c.InsecureSkipVerify {
		ways = append(ways, "without a check of the certificate")
	}
	return strings.Join(ways, ", ")
}

// host returns the host that is connected to, which is empty for a socket.
func (c *Connection) host(urlHost string) string {
	if c.Address == "" {
		return urlHost
	}
	if strings.HasPrefix(c.Address, unixPrefix) {
		return ""
	}
	host, _, _ := net.SplitHostPort(c.Address) // which check has tried
	return host
}
