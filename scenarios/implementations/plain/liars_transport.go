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
)

// tlsLiars look at certificates less closely than TLS does, or more.
func tlsLiars() []Liar {
	return []Liar{
		{"insecure-tls", "It verifies no certificate.",
			ids{"tls.self-signed", "tls.unknown-ca", "tls.wrong-host", "tls.cn-only", "tls.expired", "tls.not-yet-valid", "tls.client-eku",
				"tls.incomplete-chain", "tls.keys-unknown-ca", "tls.keys-wrong-host", "tls.keys-expired"},
			configuresTLS(func(c *tls.Config) { c.InsecureSkipVerify = true })},
		{"any-host", "It checks who issued a certificate, and not for which host.", ids{"tls.wrong-host", "tls.cn-only", "tls.keys-wrong-host"},
			verifiesChain(func(o *x509.VerifyOptions) { o.DNSName = "" }, nil)},
		{"any-validity", "It does not check from when until when a certificate is valid.", ids{"tls.expired", "tls.not-yet-valid", "tls.keys-expired"},
			verifiesChain(nil, func(err error) bool {
				invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
				return ok && invalid.Reason == x509.Expired
			})},
		{"any-usage", "It does not check what a certificate is for.", ids{"tls.client-eku"},
			verifiesChain(func(o *x509.VerifyOptions) { o.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }, nil)},
		{"old-tls", "It speaks TLS 1.1 with a provider that has nothing newer.", ids{"tls.v1-1"},
			configuresTLS(func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 })},
		{"system-roots", "It trusts the authorities of the system instead of the configured ones.",
			ids{"tls.ok", "tls.cert-rotation", "fetch.dns-flap"},
			configuresTLS(func(c *tls.Config) { c.RootCAs = x509.NewCertPool() })},
		{"pins-certificate", "It refuses a certificate of the provider other than the first one that it has seen.",
			ids{"tls.cert-rotation"}, pinsCertificate},
		{"falls-back", "It tries plain HTTP if TLS fails.", ids{"tls.plain-on-https"},
			roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
				res, err := next.RoundTrip(req)
				if err == nil || req.URL.Scheme != "https" {
					return res, err
				}
				plain := req.Clone(req.Context())
				plain.URL.Scheme = "http"
				return next.RoundTrip(plain)
			})},
	}
}

func pinsCertificate(h *habits) {
	var first sync.Map // by host
	configuresTLS(func(config *tls.Config) {
		config.VerifyConnection = func(state tls.ConnectionState) error {
			leaf := string(state.PeerCertificates[0].Raw)
			if known, _ := first.LoadOrStore(state.ServerName+string(state.VerifiedChains[0][1].Raw), leaf); known != leaf {
				return fmt.Errorf("another certificate of %s", state.ServerName)
			}
			return nil
		}
	})(h)
}

// exchangeLiars have bad habits in HTTP.
func exchangeLiars() []Liar {
	const longHeader = 1 << 30
	return []Liar{
		{"any-header-size", "It reads a header of any length.", ids{"fetch.huge-headers", "disc.huge-headers"},
			configuresTransport(func(t *http.Transport) { t.MaxResponseHeaderBytes = longHeader })},
		{"all-ears", "It listens for as long as the provider talks.", ids{"fetch.early-hints-flood"},
			all(func(h *habits) { h.network.extraTime = never },
				configuresTransport(func(t *http.Transport) { t.MaxResponseHeaderBytes = longHeader }))},
		{"no-gzip", "It asks for no compression, and cannot read what is compressed anyway.", ids{"fetch.gzip"},
			configuresTransport(func(t *http.Transport) { t.DisableCompression = true })},
		{"sends-once", "It gives up if the connection that it has kept is closed during its request.", ids{"fetch.keepalive-stale"},
			roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
				// net/http repeats only a request without a body, or with one
				// that it can get again.
				once := req.Clone(req.Context())
				once.Body = io.NopCloser(strings.NewReader(""))
				return next.RoundTrip(once)
			})},
		{"sends-credentials", "It sends a password with every request, in case somebody asks for one.",
			ids{"fetch.no-credentials", "fetch.401", "disc.401", "disc.no-credentials"},
			sendsAlong(func(req *http.Request, _ int64) { req.SetBasicAuth("verifier", "password") })},
		{"keeps-cookies", "It sends the cookie back that an answer has set.", ids{"fetch.no-credentials"},
			sendsAlong(func(req *http.Request, n int64) {
				if n > 2 { // discovery, and the answer that set it
					req.Header.Set("Cookie", "id=1")
				}
			})},
		{"many-names", "It sends a new User-Agent with every request.", ids{"fetch.no-credentials"},
			sendsAlong(func(req *http.Request, n int64) { req.Header.Set("User-Agent", fmt.Sprint("verifier/", n)) })},
		{"keeps-connections", "It leaves its connections open when it is closed.", ids{"dos.goroutine-leak"},
			func(h *habits) {
				h.network.wrap = func(next http.RoundTripper) http.RoundTripper { return roundTrip(next.RoundTrip) }
			}},
	}
}
