package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Leaf describes the certificate of a server. Except for Hosts, the zero
// value is right.
type Leaf struct {
	// Hosts are the names and IP addresses that the certificate is for. The
	// first one is also the common name, as is traditional.
	Hosts []string

	// CNOnly leaves out the subject alternative names, without which the
	// common name must not count (RFC 9525, 2).
	CNOnly bool

	// NotBefore and NotAfter are the lifetime. Zero means a year ago and in
	// a year: less than the 825 days that some clients allow.
	NotBefore, NotAfter time.Time

	// ClientAuth makes the certificate one for clients, not for servers.
	ClientAuth bool
}

// year is how long a leaf is valid, before and after now.
const year = 365 * 24 * time.Hour

// Issue returns a certificate for key, signed by the authority. It returns an
// error if x509 cannot make it.
func (a *Authority) Issue(l Leaf, key crypto.Signer) (tls.Certificate, error) {
	return finish(l.template(a.issued.Add(1)), a.certificate, key, a.key)
}

// SelfSigned returns a certificate that key has signed itself.
func SelfSigned(l Leaf, key crypto.Signer) (tls.Certificate, error) {
	template := l.template(1)
	return finish(template, template, key, key)
}

func finish(
	template, parent *x509.Certificate, key, signer crypto.Signer,
) (tls.Certificate, error) {
	certificate, err := sign(template, parent, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate for %q: %w",
			template.Subject.CommonName, err)
	}
	return tls.Certificate{
		Certificate: [][]byte{certificate.Raw},
		PrivateKey:  key,
		Leaf:        certificate,
	}, nil
}

// template returns the certificate before it is signed.
func (l Leaf) template(serial int64) *x509.Certificate {
	now := time.Now()
	c := &x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{Organization: []string{"assay, for tests only"}},
		NotBefore:             now.Add(-year),
		NotAfter:              now.Add(year),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if len(l.Hosts) > 0 {
		c.Subject.CommonName = l.Hosts[0]
	}
	if l.ClientAuth {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	if !l.NotBefore.IsZero() {
		c.NotBefore = l.NotBefore
	}
	if !l.NotAfter.IsZero() {
		c.NotAfter = l.NotAfter
	}
	if l.CNOnly {
		return c
	}
	for _, host := range l.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, host)
		}
	}
	return c
}
