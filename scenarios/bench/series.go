package bench

import (
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Series describes one measurement.
type Series struct {
	Name string // the name in its samples
	Alg  string // RFC 7518 name
	Mode Mode

	// Baseline is the name of the series that the ratio compares with. Empty
	// for a baseline, and if there is no ratio.
	Baseline string

	// What a sweep varies; zero is what other series have. Keys is how many
	// keys the JWK Set has, Bytes about how long the tokens are, and Workers
	// replaces that of [Options].
	Keys, Bytes, Workers int

	// Named marks a series that is measured only if it is named: Char does not
	// document its algorithm.
	Named bool
}

// Mode is what an operation of a series does.
type Mode string

// The modes.
const (
	// Bare is the signature check of the standard library, SHA-256 included:
	// rsa.VerifyPKCS1v15, rsa.VerifyPSS or ecdsa.Verify; or ed25519.Verify.
	Bare Mode = "bare"

	// Cold is the whole verification without a cache of verified tokens.
	Cold Mode = "cold"

	// Cached is a token that the cache of verified tokens remembers.
	Cached Mode = "cached"

	// Refusal is a token of another environment, which is refused before any
	// cryptography.
	Refusal Mode = "refusal"
)

// AllSeries lists every series, each baseline before what is compared with it.
func AllSeries() []Series {
	return []Series{
		{Name: "bare RS256", Alg: "RS256", Mode: Bare},
		{Name: "RS256 cold", Alg: "RS256", Mode: Cold, Baseline: "bare RS256"},
		{Name: "RS256 cached", Alg: "RS256", Mode: Cached, Baseline: "bare RS256"},
		{Name: "RS256 refusal", Alg: "RS256", Mode: Refusal, Baseline: "bare RS256"},
		{Name: "bare ES256", Alg: "ES256", Mode: Bare},
		{Name: "ES256 cold", Alg: "ES256", Mode: Cold, Baseline: "bare ES256"},
		{Name: "bare PS256", Alg: "PS256", Mode: Bare, Named: true},
		{Name: "PS256 cold", Alg: "PS256", Mode: Cold, Baseline: "bare PS256", Named: true},
		{Name: "bare EdDSA", Alg: "EdDSA", Mode: Bare, Named: true},
		{Name: "EdDSA cold", Alg: "EdDSA", Mode: Cold, Baseline: "bare EdDSA", Named: true},
	}
}

// SeriesNames lists the names of all series.
func SeriesNames() []string {
	var names []string
	for _, s := range AllSeries() {
		names = append(names, s.Name)
	}
	return names
}

// bare returns the series that the ratio of s compares with.
func (s Series) bare() Series {
	return Series{Name: s.Baseline, Alg: s.Alg, Mode: Bare, Bytes: s.Bytes}
}

// verdict returns the verdict that every operation of s must give, or the empty
// string for a baseline, which gives none.
func (s Series) verdict() string {
	switch s.Mode {
	case Cold, Cached:
		return corpus.Accept
	case Refusal:
		return "INVALID_ISSUER"
	}
	return ""
}

// measured returns what thresholds select s by.
func (s Series) measured() gate.Series {
	return gate.Series{
		Labels: map[string]string{
			gate.LabelSeries: s.Name, gate.LabelAlg: s.Alg, gate.LabelMode: string(s.Mode),
		},
		Aside: s.Mode == Bare,
	}
}

// collected returns what thresholds select the ratio of s with garbage
// collection by.
func (s Series) collected() gate.Series {
	return gate.Series{
		Labels: map[string]string{
			gate.LabelSeries: s.Name + " with GC", gate.LabelAlg: s.Alg,
			gate.LabelMode: string(s.Mode) + " with GC",
		},
		Aside: true,
	}
}
