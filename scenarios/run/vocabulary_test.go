package run_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
)

// The reader of scenarios imports nothing of the mock environment and has lists
// of its own of what it can do.
func TestWordsAreThoseOfTheEnvironment(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		got, want []string
	}{
		{"algorithms of keys", scenarios.KeyAlgs(), keyring.Algs()},
		{"signature edits", scenarios.SignatureEdits(), forge.SignatureEdits()},
		{"encodings", scenarios.Encodings(), words(forge.EncodingNames())},
		{"forms of PSS", scenarios.PSSFaults(), words(forge.PSSFaults())},
		{"rotation modes", scenarios.RotationModes(), words(keyring.Modes())},
		{"endpoints", scenarios.FaultEndpoints(), words(fault.Endpoints())},
		{"kinds of fault", scenarios.FaultKinds(), words(fault.Kinds())},
		{"TLS profiles", scenarios.TLSProfiles(), words(mockidp.TLSProfiles())},
		{"modes of the well-known JWK Set", scenarios.WellKnownModes(), words([]mockidp.WellKnownMode{
			mockidp.WellKnownAlias, mockidp.WellKnownNotFound, mockidp.WellKnownStale,
		})},
		{"places of the metadata", scenarios.MetadataPlaces(), words([]mockidp.MetadataPlace{
			mockidp.MetadataAppended, mockidp.MetadataInserted, mockidp.MetadataOAuth,
		})},
	}
	for _, test := range tests {
		if diff := cmp.Diff(sorted(test.want), sorted(test.got)); diff != "" {
			t.Errorf("%s (-environment +reader):\n%s", test.name, diff)
		}
	}
}

// words returns the words of a list that are not empty.
func words[T ~string](list []T) []string {
	var out []string
	for _, w := range list {
		if w != "" {
			out = append(out, fmt.Sprint(w))
		}
	}
	return out
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
