package mockidp_test

import (
	"fmt"
	"testing"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// TestManyEnvironments makes as many environments as a run has, none of which
// may make a key of its own.
func TestManyEnvironments(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	c := browser(t)
	const many = 600
	issuers := make(map[string]bool)
	for i := range many {
		e := newEnvironment(t, s, fmt.Sprint("case-", i), mockidp.EnvironmentConfig{})
		issuers[e.Issuer()] = true
		if i%100 == 0 {
			login(t, c, relyingParty(e, e.Client()))
		}
	}
	if len(issuers) != many {
		t.Errorf("%d environments have %d issuers", many, len(issuers))
	}
}

func BenchmarkNewEnvironment(b *testing.B) {
	s := startServer(b, mockidp.Config{})
	newEnvironment(b, s, "first", mockidp.EnvironmentConfig{}) // makes the keys
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		newEnvironment(b, s, fmt.Sprint(i), mockidp.EnvironmentConfig{})
	}
}

func BenchmarkLogin(b *testing.B) {
	for _, alg := range []string{"RS256", "ES256"} {
		b.Run(alg, func(b *testing.B) {
			s := startServer(b, mockidp.Config{})
			e := newEnvironment(b, s, "", mockidp.EnvironmentConfig{Signing: []*keyring.Key{s.Keys().Key("bench", alg)}})
			c, rp := browser(b), relyingParty(e, e.Client())
			b.ReportAllocs()
			for b.Loop() {
				login(b, c, rp)
			}
		})
	}
}

func BenchmarkSample(b *testing.B) {
	e := only(b, mockidp.EnvironmentConfig{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Sample(mockidp.IDToken, nil); err != nil {
			b.Fatal(err)
		}
	}
}
