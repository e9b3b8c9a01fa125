package certs

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// Authority signs certificates. [NewAuthority] makes it.
type Authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	hosts       []string // besides those that every authority may certify
	issued      atomic.Int64
}

// NewAuthority returns a root whose subject is name. It can certify localhost,
// loopback addresses, names that are reserved for tests, and hosts, which are
// names and IP addresses; clients that trust it are in no danger from it
// elsewhere (RFC 5280, 4.2.1.10). The same arguments give the same certificate.
// It returns an error if x509 cannot sign with the key.
func NewAuthority(name string, key crypto.Signer, hosts ...string) (*Authority, error) {
	a := &Authority{key: key, hosts: hosts}
	template, err := a.template(name)
	if err != nil {
		return nil, err
	}
	if a.certificate, err = sign(template, template, key.Public(), key); err != nil {
		return nil, fmt.Errorf("making the certificate of the authority %q: %w", name, err)
	}
	return a, nil
}

// template returns the certificate of an authority before it is signed.
func (a *Authority) template(name string) (*x509.Certificate, error) {
	public, err := x509.MarshalPKIXPublicKey(a.key.Public())
	if err != nil {
		return nil, fmt.Errorf("the key of the authority %q: %w", name, err)
	}
	id := sha256.Sum256(public)
	serial := sha256.Sum256(append(public, strings.Join(a.hosts, " ")...))
	c := &x509.Certificate{
		SerialNumber: new(big.Int).SetUint64(binary.BigEndian.Uint64(serial[:8]) | 1),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"assay, for tests only"}},
		// Fixed, so that one key and name are one certificate at any time.
		NotBefore:                   time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:                    time.Date(2049, time.December, 31, 23, 59, 59, 0, time.UTC),
		SubjectKeyId:                id[:20],
		IsCA:                        true,
		BasicConstraintsValid:       true,
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"localhost", "test", "example", "example.com"}, // RFC 2606, 2 and 3
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	for _, host := range a.hosts {
		ip := net.ParseIP(host)
		if ip == nil {
			c.PermittedDNSDomains = append(c.PermittedDNSDomains, host)
			continue
		}
		if v4 := ip.To4(); v4 != nil {
			ip = v4
		}
		c.PermittedIPRanges = append(c.PermittedIPRanges,
			&net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
	}
	return c, nil
}

// Intermediate returns an authority below a. What it issues comes without its
// own certificate, so that the chain is incomplete for a client that trusts
// only a; RFC 8446, 4.4.2 wants all of it sent. It returns the errors of
// [NewAuthority].
func (a *Authority) Intermediate(name string, key crypto.Signer) (*Authority, error) {
	below := &Authority{key: key, hosts: a.hosts}
	template, err := below.template(name)
	if err != nil {
		return nil, err
	}
	if below.certificate, err = sign(template, a.certificate, key.Public(), a.key); err != nil {
		return nil, fmt.Errorf("making the certificate of the authority %q: %w", name, err)
	}
	return below, nil
}

// PEM returns the certificate of the authority, for clients that are to trust
// it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Pool returns a pool with the certificate of the authority and nothing else.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// sign makes a certificate. The random source is nil because the ECDSA and
// Ed25519 signatures here need none.
func sign(
	template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer,
) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(nil, template, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}
