package mockidp

import (
	"crypto/tls"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/certs"
	"github.com/assay-id/assay/mockidp/internal/words"
)

// TLSProfile says what a listener speaks instead of plain HTTP, and what is
// wrong with it. A profile has at most one fault.
type TLSProfile string

// The TLS profiles. Certificates are issued by the authority of
// [Server.CA] for the host of the listener, localhost and the loopback
// addresses, unless the profile says otherwise.
const (
	TLSNone            TLSProfile = ""                 // plain HTTP, and a URL that says so
	TLSTrusted         TLSProfile = "trusted"          // as it should be
	TLSSelfSigned      TLSProfile = "self-signed"      // a certificate signed by its own key
	TLSUnknownCA       TLSProfile = "unknown-ca"       // issued by an unknown authority
	TLSIncompleteChain TLSProfile = "incomplete-chain" // issued by an intermediate that is not sent
	TLSWrongHost       TLSProfile = "wrong-host"       // for other.test
	TLSCNOnly          TLSProfile = "cn-only"          // for the host, as the common name only (RFC 9525, 2)
	TLSExpired         TLSProfile = "expired"          // since yesterday
	TLSNotYetValid     TLSProfile = "not-yet-valid"    // until tomorrow
	TLSClientEKU       TLSProfile = "client-eku"       // for clients only (RFC 5280, 4.2.1.12)
	TLSVersion11       TLSProfile = "tls-1.1"          // TLS 1.0 and 1.1 only (RFC 8996)
	TLSPlainHTTP       TLSProfile = "plain-http"       // plain HTTP on a port whose URL says https
	TLSStalled         TLSProfile = "stalled"          // reads the ClientHello and never answers
)

// TLSProfiles returns all profiles in the order in which they are documented.
func TLSProfiles() []TLSProfile {
	return []TLSProfile{
		TLSNone, TLSTrusted, TLSSelfSigned, TLSUnknownCA, TLSIncompleteChain, TLSWrongHost, TLSCNOnly,
		TLSExpired, TLSNotYetValid, TLSClientEKU, TLSVersion11, TLSPlainHTTP, TLSStalled,
	}
}

func (p TLSProfile) validate() error {
	if !slices.Contains(TLSProfiles(), p) {
		return fmt.Errorf("TLS profile is %q, want one of %s", p, words.Join(TLSProfiles()))
	}
	return nil
}

// scheme returns the scheme of the URL.
func (p TLSProfile) scheme() string {
	if p == TLSNone {
		return "http"
	}
	return "https"
}

// handshakes reports whether a listener with the profile does TLS at all.
func (p TLSProfile) handshakes() bool {
	return p != TLSNone && p != TLSPlainHTTP && p != TLSStalled
}

// certifies reports whether the profile says something about the certificate
// alone.
func (p TLSProfile) certifies() bool {
	return p.validate() == nil && p.handshakes() && p != TLSVersion11
}

// certifying returns the profiles that differ in the certificate only.
func certifying() []TLSProfile {
	return slices.DeleteFunc(TLSProfiles(), func(p TLSProfile) bool { return !p.certifies() })
}

const day = 24 * time.Hour

// leaf returns what is in a certificate for host under the profile.
func (p TLSProfile) leaf(host string) certs.Leaf {
	l := certs.Leaf{Hosts: []string{host}}
	for _, other := range []string{"localhost", "127.0.0.1", "::1"} {
		if other != host {
			l.Hosts = append(l.Hosts, other)
		}
	}
	switch p {
	case TLSWrongHost:
		l.Hosts = []string{"other.test"}
	case TLSCNOnly:
		l.CNOnly = true
	case TLSExpired:
		l.NotAfter = time.Now().Add(-day)
	case TLSNotYetValid:
		l.NotBefore = time.Now().Add(day)
	case TLSClientEKU:
		l.ClientAuth = true
	}
	return l
}

// newAuthority returns an authority with a key of the server.
func (s *Server) newAuthority(name string) *certs.Authority {
	a, err := certs.NewAuthority(name, s.keys.Key(name, "ES256").Private(), s.hosts...)
	if err != nil {
		panic(fmt.Sprintf("mockidp: internal error: %v", err))
	}
	return a
}

// issue makes a certificate of a profile, with a key of its own.
func (s *Server) issue(p TLSProfile, host string) (tls.Certificate, error) {
	key := s.keys.Key(fmt.Sprint("tls leaf ", s.leaves.Add(1)), "ES256").Private()
	switch leaf := p.leaf(host); p {
	case TLSSelfSigned:
		return certs.SelfSigned(leaf, key)
	case TLSUnknownCA:
		return s.newAuthority("assay unknown CA").Issue(leaf, key)
	case TLSIncompleteChain:
		name := "assay intermediate CA"
		between, err := s.authority().Intermediate(name, s.keys.Key(name, "ES256").Private())
		if err != nil {
			return tls.Certificate{}, err
		}
		return between.Issue(leaf, key)
	default:
		return s.authority().Issue(leaf, key)
	}
}

// tlsConfig returns the configuration and the certificate for the handshakes
// of a listener with the profile, or nil if it does none.
func (s *Server) tlsConfig(p TLSProfile, host string) (*tls.Config, *certificate, error) {
	if !p.handshakes() {
		return nil, nil, nil
	}
	c := &certificate{issue: func() (tls.Certificate, error) { return s.issue(p, host) }}
	if err := c.rotate(); err != nil {
		return nil, nil, err
	}
	config := &tls.Config{
		GetCertificate: c.get,
		MinVersion:     tls.VersionTLS12,
	}
	if p == TLSVersion11 {
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	}
	return config, c, nil
}

// certificate is the certificate that a listener shows now.
type certificate struct {
	mu      sync.Mutex
	issue   func() (tls.Certificate, error)
	current *tls.Certificate
}

func (c *certificate) rotate() error {
	c.mu.Lock()
	issue := c.issue
	c.mu.Unlock()
	return c.change(issue)
}

// change has certificates issued by another function from now on.
func (c *certificate) change(issue func() (tls.Certificate, error)) error {
	next, err := issue()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.issue, c.current = issue, &next
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current, nil
}
