package run

import (
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// unfit returns why no deployed service can be asked about s, or "". It has one
// configuration, and one verifier that nobody closes.
func (d *deployment) unfit(s *scenarios.Scenario) string {
	if d == nil {
		return ""
	}
	cfg := s.Config
	if s.Expect.Only(scenarios.Accept) {
		cfg.Algorithms = nil // those that the service verifies are in its capabilities
	}
	if keys := ownConfig(cfg); len(keys) > 0 {
		return "needs another configuration of the service: " + strings.Join(keys, ", ")
	}
	switch {
	case d.opts.NoDecoys && s.JWKS != nil && strings.Contains(s.JWKS.String(), "decoys"):
		return "needs the decoy keys, which --idp-decoys=false leaves out"
	case s.Environment.MetadataAt == "inserted" && d.opts.Name == "":
		return "needs an issuer with a path"
	case !d.discovers && aboutDiscovery(s):
		return "needs a service that reads the provider metadata; this one is configured with jwks_uri"
	}
	for _, step := range s.AllSteps() {
		switch k := step.Kind.(type) {
		case *scenarios.Open:
			return "needs a second verifier"
		case *scenarios.Close:
			return "closes the verifier"
		case *scenarios.Verify:
			if k.Fresh {
				return "needs a new verifier for each token"
			}
			if why := d.unseen(k.Expect, k.Reports); why != "" {
				return why
			}
		}
	}
	return d.unseen(s.Expect, s.Reports)
}

// aboutDiscovery reports whether a case is about the provider metadata.
func aboutDiscovery(s *scenarios.Scenario) bool {
	for _, step := range s.AllSteps() {
		switch k := step.Kind.(type) {
		case *scenarios.Move:
			return true
		case *scenarios.AddFault:
			if k.Where == scenarios.FaultEndpoint(fault.Discovery) {
				return true
			}
		case *scenarios.Assert:
			if k.DiscoveryRequests.Low > 0 {
				return true
			}
		case *scenarios.Verify:
			if slices.Contains(k.Expect.Reasons(), "DISCOVERY_INVALID") {
				return true
			}
		}
	}
	return ownMetadata(s)
}

// ownConfig lists what a case configures.
func ownConfig(cfg scenarios.Config) []string {
	var keys []string
	for _, k := range []struct {
		key string
		is  bool
	}{
		{"issuer", cfg.Issuer != nil},
		{"audience", cfg.Audience != nil},
		{"trusted_audiences", cfg.TrustedAudiences != nil},
		{"algorithms", cfg.Algorithms != nil},
		{"leeway", cfg.Leeway != nil},
		{"client_secret", cfg.ClientSecret.String() != ""},
		{"max_lifetime", cfg.MaxLifetime != 0},
		{"fetch_timeout", cfg.FetchTimeout != 0},
		{"max_token_bytes", cfg.MaxTokenBytes != 0},
		{"cache_tokens", cfg.CacheTokens != 0},
		{"require", cfg.Require != nil},
		{"decryption_key", cfg.DecryptionKey.String() != ""},
		{"refuse_loopback_http", cfg.RefuseLoopbackHTTP},
	} {
		if k.is {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// unseen returns why an answer does not tell what a case wants to know of an
// accepted token, or "".
func (d *deployment) unseen(expect scenarios.Expectation, claims []scenarios.ReportedClaim) string {
	if !expect.Allows(scenarios.Accept) {
		return ""
	}
	for _, c := range claims {
		if (c.Is != nil || c.IsNot != nil) && !d.service.Reports(c.Claim) {
			if c.Claim == "sub" {
				return "the answers do not tell the subject: --subject-path says where it is"
			}
			return "the answers do not tell the claim " + c.Claim
		}
	}
	return ""
}

// maxTimed is the longest token, in bytes, whose way to the service takes no
// time that matters.
const maxTimed = 64 << 10

// unjudged returns why the answer to the token of a case cannot be judged, or
// "".
func (d *deployment) unjudged(s *scenarios.Scenario, m minted) (string, error) {
	switch {
	case d == nil:
		return "", nil
	case s.Budget != 0 && len(m.compact) > maxTimed:
		return "the case bounds the time for a token that is long on its way", nil
	case len(m.changes) == 0 || s.Expect.Allows(scenarios.Accept):
		return "", nil
	}
	good, err := m.draft.Forge(forge.Change{})
	if err == nil && good.String() == m.compact {
		return "with this issuer and client ID, the token of the case is a good one", nil
	}
	return "", err
}

// cover counts a case for the shares of the catalogue that were run. What is
// open whatever the service answers does not count.
func (d *deployment) cover(s *scenarios.Scenario, outcome reports.Outcome, fits bool) {
	if d == nil || s.Level == "info" || open(s) {
		return
	}
	share := &d.coverage.Stateless
	if len(s.Steps) > 0 || s.Has("state") {
		share = &d.coverage.Stateful
	}
	share.All++
	if fits {
		share.Fit++
	}
	if outcome != reports.OutcomeSkip {
		share.Ran++
	}
}

// covered returns the shares, nil unless the implementation is a deployed
// service.
func (d *deployment) covered() *reports.Coverage {
	if d == nil {
		return nil
	}
	return &d.coverage
}

// open reports whether s allows every answer.
func open(s *scenarios.Scenario) bool {
	for _, e := range s.Expectations() {
		if !e.Open() {
			return false
		}
	}
	return len(s.Expectations()) > 0
}
