package certs_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/certs"
	"github.com/assay-id/assay/mockidp/keyring"
)

func authority(t *testing.T, name string) *certs.Authority {
	t.Helper()
	a, err := certs.NewAuthority(name, keyring.NewSource(1).Key(name, "ES256").Private())
	if err != nil {
		t.Fatalf("NewAuthority(%q) = %v", name, err)
	}
	return a
}

func TestAuthorityIsReproducible(t *testing.T) {
	t.Parallel()
	first, second := authority(t, "root").PEM(), authority(t, "root").PEM()
	if !bytes.Equal(first, second) {
		t.Errorf("one key and name give two certificates")
	}
	if other := authority(t, "other").PEM(); bytes.Equal(first, other) {
		t.Errorf("another name gives the same certificate")
	}
	block, rest := pem.Decode(first)
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Fatalf("PEM() = %q", first)
	}
	if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
		t.Errorf("the authority is no authority: %v", err)
	}
}

// TestIssue verifies each leaf as a client would.
func TestIssue(t *testing.T) {
	t.Parallel()
	a, key := authority(t, "root"), keyring.NewSource(1).Key("leaf", "ES256").Private()
	hosts := []string{"127.0.0.1", "localhost"}
	day := 24 * time.Hour
	tests := []struct {
		name string
		leaf certs.Leaf
		host string
		want any // the target of errors.As, nil: verifies
	}{
		{"address", certs.Leaf{Hosts: hosts}, "127.0.0.1", nil},
		{"name", certs.Leaf{Hosts: hosts}, "localhost", nil},
		{"another name", certs.Leaf{Hosts: []string{"other.test"}}, "localhost", new(x509.HostnameError)},
		{"common name only", certs.Leaf{Hosts: []string{"localhost"}, CNOnly: true}, "localhost", new(x509.HostnameError)},
		{"expired", certs.Leaf{Hosts: hosts, NotAfter: time.Now().Add(-day)}, "localhost", new(x509.CertificateInvalidError)},
		{"not yet valid", certs.Leaf{Hosts: hosts, NotBefore: time.Now().Add(day)}, "localhost", new(x509.CertificateInvalidError)},
		{"for clients", certs.Leaf{Hosts: hosts, ClientAuth: true}, "localhost", new(x509.CertificateInvalidError)},
		{"a name it may not vouch for", certs.Leaf{Hosts: []string{"example.org"}}, "example.org", new(x509.CertificateInvalidError)},
		{"an address it may not vouch for", certs.Leaf{Hosts: []string{"192.0.2.1"}}, "192.0.2.1", new(x509.CertificateInvalidError)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := a.Issue(tt.leaf, key)
			if err != nil {
				t.Fatalf("Issue() = %v", err)
			}
			_, err = got.Leaf.Verify(x509.VerifyOptions{Roots: a.Pool(), DNSName: tt.host})
			if tt.want == nil && err != nil || tt.want != nil && !errors.As(err, tt.want) {
				t.Errorf("Verify(%s) = %v (%T), want %T", tt.host, err, err, tt.want)
			}
		})
	}
}

func TestIssueByWhomNobodyTrusts(t *testing.T) {
	t.Parallel()
	a, key := authority(t, "root"), keyring.NewSource(1).Key("leaf", "ES256").Private()
	leaf := certs.Leaf{Hosts: []string{"localhost"}}
	foreign, err := authority(t, "other").Issue(leaf, key)
	if err != nil {
		t.Fatal(err)
	}
	between, err := a.Intermediate("between", keyring.NewSource(1).Key("between", "ES256").Private())
	if err != nil {
		t.Fatal(err)
	}
	below, err := between.Issue(leaf, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := below.Leaf.Verify(x509.VerifyOptions{Roots: a.Pool(), Intermediates: between.Pool(), DNSName: "localhost"}); err != nil {
		t.Errorf("with the intermediate: Verify() = %v", err)
	}
	self, err := certs.SelfSigned(leaf, key)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*x509.Certificate{"foreign": foreign.Leaf, "incomplete": below.Leaf, "self-signed": self.Leaf} {
		var unknown x509.UnknownAuthorityError
		if _, err := c.Verify(x509.VerifyOptions{Roots: a.Pool(), DNSName: "localhost"}); !errors.As(err, &unknown) {
			t.Errorf("%s: Verify() = %v, want an unknown authority", name, err)
		}
	}
	if self.Leaf.CheckSignatureFrom(self.Leaf) == nil {
		t.Errorf("the self-signed certificate claims to be an authority")
	}
	if err := self.Leaf.CheckSignature(self.Leaf.SignatureAlgorithm, self.Leaf.RawTBSCertificate, self.Leaf.Signature); err != nil {
		t.Errorf("the self-signed certificate is not signed by its own key: %v", err)
	}
}
