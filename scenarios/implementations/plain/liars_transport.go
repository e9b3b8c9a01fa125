package plain

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// transportLiars trust the wrong provider, or send and read more than they
// should.
func transportLiars() []Liar {
	return append(tlsLiars(), exchangeLiars()...)
}

// tlsLiars look at certificates less closely than TLS does, or more.
func tlsLiars() []Liar {
	return []Liar{
		bendsTLS("insecure-tls", "It looks at no certificate.",
			func(c *tls.Config) { c.InsecureSkipVerify = true },
			"tls.self-signed", "tls.unknown-ca", "tls.wrong-host", "tls.cn-only", "tls.expired", "tls.not-yet-valid", "tls.client-eku"),
		verifiesChain("any-host", "It asks who vouches for a certificate, and not for which host.",
			func(o *x509.VerifyOptions) { o.DNSName = "" },
			"tls.wrong-host", "tls.cn-only"),
		{
			Name:     "any-validity",
			Fault:    "It does not ask since when and how long a certificate is valid.",
			CaughtBy: []string{"tls.expired", "tls.not-yet-valid"},
			bend: func(c *craft) {
				c.transport = verifying(func(*x509.VerifyOptions) {}, func(err error) error {
					if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
						return nil
					}
					return err
				})
			},
		},
		verifiesChain("any-usage", "It does not ask what a certificate is for.",
			func(o *x509.VerifyOptions) {
				o.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
			},
			"tls.client-eku"),
		bendsTLS("old-tls", "It speaks TLS 1.1 with a provider that has nothing later.",
			func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 },
			"tls.v1-1"),
		bendsTLS("system-roots", "It trusts the authorities of the system and does not read the configured ones.",
			func(c *tls.Config) { c.RootCAs = x509.NewCertPool() },
			"tls.ok", "tls.cert-rotation", "fetch.dns-flap"),
		{
			Name:     "pins-certificate",
			Fault:    "It refuses a certificate of the provider other than the first one that it has seen.",
			CaughtBy: []string{"tls.cert-rotation"},
			bend: func(c *craft) {
				var first sync.Map // by host
				c.transport = changesTLS(func(config *tls.Config) {
					config.VerifyConnection = func(state tls.ConnectionState) error {
						leaf := string(state.PeerCertificates[0].Raw)
						if known, _ := first.LoadOrStore(state.ServerName+string(state.VerifiedChains[0][1].Raw), leaf); known != leaf {
							return fmt.Errorf("another certificate of %s", state.ServerName)
						}
						return nil
					}
				})
			},
		},
		{
			Name:     "falls-back",
			Fault:    "It tries plain HTTP where TLS fails.",
			CaughtBy: []string{"tls.plain-on-https"},
			bend: func(c *craft) {
				c.transport = wraps(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
					res, err := next.RoundTrip(req)
					if err == nil || req.URL.Scheme != "https" {
						return res, err
					}
					plain := req.Clone(req.Context())
					plain.URL.Scheme = "http"
					return next.RoundTrip(plain)
				})
			},
		},
	}
}

// exchangeLiars have habits in HTTP that their provider or their owner regrets.
func exchangeLiars() []Liar {
	return []Liar{
		{
			Name:     "any-header-size",
			Fault:    "It reads a header of any length.",
			CaughtBy: []string{"fetch.huge-headers"},
			bend: func(c *craft) {
				c.transport = changes(func(t *http.Transport) { t.MaxResponseHeaderBytes = 1 << 30 })
			},
		},
		{
			Name:     "all-ears",
			Fault:    "It listens for as long as somebody talks.",
			CaughtBy: []string{"fetch.early-hints-flood"},
			bend: func(c *craft) {
				c.timeout = func(time.Duration) time.Duration { return longAgo }
				c.transport = changes(func(t *http.Transport) { t.MaxResponseHeaderBytes = 1 << 30 })
			},
		},
		{
			Name:     "takes-what-came",
			Fault:    "It takes the part of a body that came before an error for the whole.",
			CaughtBy: []string{"fetch.truncated-chunked", "fetch.gzip-corrupt"},
			bend: func(c *craft) {
				c.read = func(res *http.Response, limit int64) ([]byte, error) {
					text, _ := io.ReadAll(io.LimitReader(res.Body, limit))
					return text, nil
				}
			},
		},
		{
			Name:     "no-gzip",
			Fault:    "It asks for no compression, and cannot read what is compressed all the same.",
			CaughtBy: []string{"fetch.gzip"},
			bend: func(c *craft) {
				c.transport = changes(func(t *http.Transport) { t.DisableCompression = true })
			},
		},
		{
			Name:     "sends-once",
			Fault:    "It gives up when the connection that it has kept is closed under its request.",
			CaughtBy: []string{"fetch.keepalive-stale"},
			bend: func(c *craft) {
				c.transport = wraps(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
					// net/http sends again what has no body, or one that it can get
					// again.
					once := req.Clone(req.Context())
					once.Body = io.NopCloser(strings.NewReader(""))
					return next.RoundTrip(once)
				})
			},
		},
		sendsAlong("sends-credentials", "It sends a password with every request, in case somebody asks for one.",
			func(req *http.Request, _ int64) { req.SetBasicAuth("verifier", "password") },
			"fetch.no-credentials", "fetch.401"),
		sendsAlong("keeps-cookies", "It sends the cookie back that an answer has set.",
			func(req *http.Request, n int64) {
				if n > 2 { // discovery, and the answer that set it
					req.Header.Set("Cookie", "id=1")
				}
			}, "fetch.no-credentials"),
		sendsAlong("many-names", "It has a new User-Agent for every request.",
			func(req *http.Request, n int64) { req.Header.Set("User-Agent", fmt.Sprint("verifier/", n)) },
			"fetch.no-credentials"),
		{
			Name:     "blames-provider",
			Fault:    "It takes a caller who gives up for a failure of the provider, and lets the others pay.",
			CaughtBy: []string{"fetch.caller-cancel"},
			bend:     func(c *craft) { c.blames = func(error) bool { return true } },
		},
		{
			Name:     "keeps-connections",
			Fault:    "It leaves its connections open when it is closed.",
			CaughtBy: []string{"dos.goroutine-leak"},
			bend: func(c *craft) {
				c.transport = func(next http.RoundTripper) http.RoundTripper { return tripper{next.RoundTrip} }
			},
		},
		{
			Name:     "slow-to-end",
			Fault:    "It goes on fetching for a while when nobody waits any more.",
			CaughtBy: []string{"dos.concurrent-slow"},
			bend: func(c *craft) {
				c.timeout = func(configured time.Duration) time.Duration { return configured + 2*time.Second }
			},
		},
	}
}

// bendsTLS is a liar with another TLS configuration.
func bendsTLS(name, drops string, change func(*tls.Config), caughtBy ...string) Liar {
	return Liar{name, drops, caughtBy, func(c *craft) { c.transport = changesTLS(change) }}
}

// verifiesChain is a liar that verifies certificates with a change in what it
// asks for.
func verifiesChain(name, drops string, change func(*x509.VerifyOptions), caughtBy ...string) Liar {
	return Liar{name, drops, caughtBy, func(c *craft) {
		c.transport = verifying(change, func(err error) error { return err })
	}}
}

// verifying is a transport that verifies certificates on its own, and has the
// last word on what is wrong with them.
func verifying(change func(*x509.VerifyOptions), judge func(error) error) func(http.RoundTripper) http.RoundTripper {
	return changesTLS(func(c *tls.Config) {
		roots := c.RootCAs
		c.InsecureSkipVerify = true
		c.VerifyConnection = func(state tls.ConnectionState) error {
			o := x509.VerifyOptions{DNSName: state.ServerName, Roots: roots, Intermediates: x509.NewCertPool()}
			for _, between := range state.PeerCertificates[1:] {
				o.Intermediates.AddCert(between)
			}
			change(&o)
			_, err := state.PeerCertificates[0].Verify(o)
			return judge(err)
		}
	})
}

// changes is a transport with something changed.
func changes(change func(*http.Transport)) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		t := next.(*http.Transport).Clone()
		change(t)
		return t
	}
}

// changesTLS is a transport with another TLS configuration.
func changesTLS(change func(*tls.Config)) func(http.RoundTripper) http.RoundTripper {
	return changes(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = new(tls.Config)
		}
		change(t.TLSClientConfig)
	})
}

// tripper is a round trip, without idle connections that could be closed.
type tripper struct {
	trip func(*http.Request) (*http.Response, error)
}

func (t tripper) RoundTrip(req *http.Request) (*http.Response, error) { return t.trip(req) }

// closer is a tripper whose idle connections can be closed.
type closer struct {
	tripper
	*http.Transport
}

func (c closer) RoundTrip(req *http.Request) (*http.Response, error) { return c.trip(req) }

// wraps is a transport behind a round trip of its own.
func wraps(trip func(*http.Request, http.RoundTripper) (*http.Response, error)) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return closer{tripper{func(req *http.Request) (*http.Response, error) { return trip(req, next) }}, next.(*http.Transport)}
	}
}

// sendsAlong is a liar that adds something to its requests, the nth of them.
func sendsAlong(name, drops string, add func(req *http.Request, n int64), caughtBy ...string) Liar {
	return Liar{name, drops, caughtBy, func(c *craft) {
		var n atomic.Int64
		c.transport = wraps(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
			more := req.Clone(req.Context())
			add(more, n.Add(1))
			return next.RoundTrip(more)
		})
	}}
}
