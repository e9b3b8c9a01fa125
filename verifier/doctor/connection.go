package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"
)

// renewBefore is when a certificate should have been renewed: certificates
// that live for 90 days are renewed 30 days before they expire.
const renewBefore = 21 * 24 * time.Hour

// checkConnection checks how the first request got its connection, and reports
// whether it got one.
func (e *examination) checkConnection() bool {
	c := e.visits[0][0].conn
	switch host := e.host(); {
	case !c.dns.began && net.ParseIP(host) != nil:
		e.add("dns", Note, "", "%s is an address, so no name is resolved", host)
	case !c.dns.began:
		e.add("dns", Note, "", "no name was resolved: requests go through a proxy")
	case !c.dns.done || c.dns.err != nil:
		e.add("dns", Fail, dnsAdvice(c.dns.err), "%s cannot be resolved: %s",
			host, e.explain(c.dns))
		e.skip("tcp", "tls")
		return false
	default:
		e.add("dns", Pass, "", "%s is %s, after %s",
			host, strings.Join(c.addresses, ", "), rounded(c.dns.took))
	}
	if !c.tcp.began {
		e.add("tcp", Fail, "check the port of the issuer, and the proxy of this machine if it has one",
			"no connection was tried: %s", e.err)
		e.skip("tls")
		return false
	}
	if !c.tcp.done || c.tcp.err != nil {
		e.add("tcp", Fail,
			"check the host and the port of the issuer, and whether a firewall is in between",
			"no connection to %s: %s", c.to, e.explain(c.tcp))
		e.skip("tls")
		return false
	}
	e.add("tcp", Pass, "", "connected to %s after %s", c.to, rounded(c.tcp.took))
	return e.checkTLS(c)
}

// host returns the host of the issuer, which has been checked to be a URL.
func (e *examination) host() string {
	u, err := url.Parse(e.opts.Issuer)
	if err != nil {
		return e.opts.Issuer
	}
	return u.Hostname()
}

// checkTLS checks the handshake and the certificate, and reports whether there
// is a connection.
func (e *examination) checkTLS(c connection) bool {
	switch {
	case strings.HasPrefix(e.opts.Issuer, "http://"):
		e.add("tls", Note, "",
			"the issuer is plain http, which only a mock environment on this machine may be")
		return true
	case c.tls.silent():
		e.add("tls", Fail, "check the port: what listens there takes connections and does not speak TLS",
			"the TLS handshake failed: %s", e.explain(c.tls))
		return false
	case c.tls.err != nil:
		e.add("tls", Fail, tlsAdvice(c.tls.err), "the TLS handshake failed: %s", e.explain(c.tls))
		return false
	}
	leaf := c.state.PeerCertificates[0]
	left := leaf.NotAfter.Sub(e.opts.Now())
	v, do := Pass, ""
	if left < renewBefore {
		v, do = Warn, "renew the certificate; if that is automatic, find out why it did not happen"
	}
	e.add("tls", v, do, "%s, certificate for %s, valid for another %d days, issued by %s",
		tls.VersionName(c.state.Version), e.host(), int(left.Hours())/24, leaf.Issuer.String())
	return true
}

// explain says why a stage failed.
func (e *examination) explain(s stage) string {
	if s.silent() {
		return "no answer within " + e.opts.Timeout.String()
	}
	return s.err.Error()
}

// silent reports whether a stage ended because nothing came in time.
func (s *stage) silent() bool {
	return !s.done || errors.Is(s.err, context.Canceled) || isTimeout(s.err)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func dnsAdvice(err error) string {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok && lookup.IsNotFound {
		return "check the spelling of the host: copy the environment URL from the dashboard of the provider"
	}
	return "check the name servers of this machine"
}

// tlsAdvice says what a failed handshake asks for.
func tlsAdvice(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		plain     tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return "if the authority is private, trust it with --ca-file; if it is public, the server does not send the intermediate certificate"
	case errors.As(err, &host):
		return "the certificate is for another name: use the host that it names, or have it issued for this one"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the certificate, or set the clock of this machine if it is the one that is wrong"
	case errors.As(err, &invalid):
		return "replace the certificate by one that is valid for a server of this name"
	case errors.As(err, &plain):
		return "the port does not speak TLS: check the port and the scheme of the issuer"
	}
	return "check that the server speaks TLS 1.2 or later"
}

// rounded is a duration for reading.
func rounded(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
