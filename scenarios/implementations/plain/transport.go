package plain

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"sync/atomic"
)

// configuresTransport changes the transport.
func configuresTransport(change func(*http.Transport)) bend {
	return func(h *habits) {
		h.network.wrap = func(next http.RoundTripper) http.RoundTripper {
			t := next.(*http.Transport).Clone()
			change(t)
			return t
		}
	}
}

// configuresTLS changes the TLS configuration of the transport.
func configuresTLS(change func(*tls.Config)) bend {
	return configuresTransport(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = new(tls.Config)
		}
		change(t.TLSClientConfig)
	})
}

// verifiesChain verifies certificates with a change in what it asks for, and
// ignores the errors that it forgives. Either may be nil.
func verifiesChain(change func(*x509.VerifyOptions), forgives func(error) bool) bend {
	return configuresTLS(func(c *tls.Config) {
		roots := c.RootCAs
		c.InsecureSkipVerify = true
		c.VerifyConnection = func(state tls.ConnectionState) error {
			o := x509.VerifyOptions{
				DNSName: state.ServerName, Roots: roots, Intermediates: x509.NewCertPool(),
			}
			for _, between := range state.PeerCertificates[1:] {
				o.Intermediates.AddCert(between)
			}
			if change != nil {
				change(&o)
			}
			_, err := state.PeerCertificates[0].Verify(o)
			if forgives != nil && forgives(err) {
				return nil
			}
			return err
		}
	})
}

// roundTrips puts a round trip of its own in front of the transport.
func roundTrips(trip func(*http.Request, http.RoundTripper) (*http.Response, error)) bend {
	return func(h *habits) {
		h.network.wrap = func(next http.RoundTripper) http.RoundTripper {
			return closingTrip{
				func(req *http.Request) (*http.Response, error) { return trip(req, next) },
				next.(*http.Transport),
			}
		}
	}
}

// sendsAlong adds something to every request, the nth of this verifier.
func sendsAlong(add func(req *http.Request, n int64)) bend {
	return func(h *habits) {
		var n atomic.Int64
		roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
			more := req.Clone(req.Context())
			add(more, n.Add(1))
			return next.RoundTrip(more)
		})(h)
	}
}

// roundTrip is a round trip alone: idle connections cannot be closed through it.
type roundTrip func(*http.Request) (*http.Response, error)

func (t roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return t(req) }

// closingTrip is a round trip whose idle connections can be closed.
type closingTrip struct {
	trip roundTrip
	next *http.Transport
}

func (t closingTrip) RoundTrip(req *http.Request) (*http.Response, error) { return t.trip(req) }

func (t closingTrip) CloseIdleConnections() { t.next.CloseIdleConnections() }
