package main

import (
	"crypto/x509"

	"github.com/assay-id/assay/mockidp/intake"
)

// readCA reads the certificates in the file of --ca-file. Without a name it
// returns "", which means those of the system.
func readCA(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	text, err := intake.ReadFile(name, intake.MaxJSON)
	if err != nil {
		return "", usage("--ca-file: %v", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(text) {
		return "", usageHint("a file that assay idp --tls --ca-file FILE wrote works", "--ca-file: %s has no certificate in PEM", name)
	}
	return string(text), nil
}

// readRootCAs is like readCA. Without a name it returns nil.
func readRootCAs(name string) (*x509.CertPool, error) {
	text, err := readCA(name)
	return rootCAs(text), err
}

// rootCAs returns the certificates in text. Without any it returns nil, which
// means those of the system.
func rootCAs(text string) *x509.CertPool {
	if text == "" {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(text))
	return pool
}
