package certs_test

import (
	"crypto/x509"
	"fmt"
	"time"

	"github.com/assay-id/assay/mockidp/certs"
	"github.com/assay-id/assay/mockidp/keyring"
)

// A certificate that expired yesterday and is otherwise right.
func ExampleAuthority_Issue() {
	source := keyring.NewSource(1)
	authority, err := certs.NewAuthority("root", source.Key("root", "ES256").Private())
	if err != nil {
		fmt.Println(err)
		return
	}
	leaf := certs.Leaf{Hosts: []string{"localhost"}, NotAfter: time.Now().Add(-24 * time.Hour)}
	expired, err := authority.Issue(leaf, source.Key("leaf", "ES256").Private())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = expired.Leaf.Verify(x509.VerifyOptions{Roots: authority.Pool(), DNSName: "localhost"})
	fmt.Println(err != nil)
	// Output: true
}
