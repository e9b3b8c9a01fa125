package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// Exported is one token of a scenario, as data for other test suites.
type Exported struct {
	Name   string // the ID, with the number of the variant if there are several
	Token  []byte // byte for byte
	JWKSet []byte
	Case   ExportedCase
}

// ExportedCase says how the token is to be judged, and at what time. Setup and
// Input are as in the protocol of package implementations, without the JWK Set
// and the token.
type ExportedCase struct {
	ID      string            `json:"id"`
	Title   string            `json:"title"`
	Level   string            `json:"level"`
	Spec    []string          `json:"spec"`
	Code    string            `json:"code,omitempty"`
	Note    string            `json:"note,omitempty"`
	Variant map[string]string `json:"variant,omitempty"`
	Changes []string          `json:"changes,omitempty"` // from the good token, in words
	Seed    string            `json:"seed"`

	Now    int64                 `json:"now"` // seconds since 1970: the clock of the verifier
	Setup  implementations.Setup `json:"setup"`
	Input  implementations.Input `json:"input"`
	Expect string                `json:"expect"` // in the words of the catalogue
}

// ErrNeedsEnvironment reports a scenario that is more than a token and a JWK
// Set.
var ErrNeedsEnvironment = errors.New("it needs a running environment")

// Exporter makes the tokens of scenarios. All of them share its keys, which
// take longer to make than the tokens do.
type Exporter struct{ runner *runner }

// NewExporter returns an Exporter whose keys and IDs derive from seed. The
// caller closes it. The error says why the mock environment did not start.
func NewExporter(ctx context.Context, seed uint64) (*Exporter, error) {
	r, err := newRunner(ctx, Options{Implementation: implementations.Builtin(), Seed: seed}, nil)
	if err != nil {
		return nil, err
	}
	return &Exporter{r}, nil
}

// Close ends the mock environment.
func (x *Exporter) Close() { x.runner.close() }

// Export makes the tokens of a scenario, one for each variant. Those with steps
// or with an environment that answers requests are [ErrNeedsEnvironment].
func (x *Exporter) Export(ctx context.Context, s *scenarios.Scenario) ([]Exported, error) {
	if len(s.Steps) > 0 || s.Has("idp") || s.Has("tls") || s.Has("trap") {
		return nil, fmt.Errorf("%s: %w", s.ID, ErrNeedsEnvironment)
	}
	var list []Exported
	for i := range max(1, len(s.AllVariants())) {
		c, err := x.runner.newCase(s, i)
		if err != nil {
			return nil, err
		}
		e, err := c.export(ctx)
		c.close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.ID, err)
		}
		if e.Name = s.ID; len(s.AllVariants()) > 1 {
			e.Name = fmt.Sprintf("%s.%d", s.ID, i+1)
		}
		list = append(list, e)
	}
	return list, nil
}

// export makes the token of one execution.
func (c *caseRun) export(ctx context.Context) (Exported, error) {
	s := c.place.scenario
	m, err := c.mint.token(ctx, s.Token, 0)
	if err != nil {
		return Exported{}, err
	}
	setup, err := c.mint.setup(s.Config)
	if err != nil {
		return Exported{}, err
	}
	input, err := c.mint.input("", s.Inputs, 0)
	if err != nil {
		return Exported{}, err
	}
	e := Exported{Token: []byte(m.compact), JWKSet: []byte(setup.JWKSet)}
	setup.JWKSet = ""
	e.Case = ExportedCase{
		ID: s.ID, Title: s.Title, Level: s.Level, Spec: s.Spec, Code: s.Code, Note: s.Note, Variant: c.mint.variant,
		Changes: m.changes, Seed: FormatSeed(c.place.seed),
		Now: c.place.clock.now().Unix(), Setup: setup, Input: input, Expect: s.Expect.String(),
	}
	return e, nil
}
