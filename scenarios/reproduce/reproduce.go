package reproduce

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier/diagnose"
)

// Recipe makes one documented cause happen.
type Recipe struct {
	// Code is the documented error code, or REFRESH for sessions that do not
	// refresh, which have none.
	Code string

	// Cause is the cause within the code, such as "exact".
	Cause string

	// Diagnosed is the cause that the diagnosis finds: the name of a documented
	// one in package verifier, such as "issuer.exact", or for REFRESH, of which
	// that has none, one of package diagnose.
	Diagnosed string

	Title string

	tls     bool // the environment speaks https
	staging bool // there is a second environment
	play    func(*stage)
}

// Name returns the code and the cause, such as "INVALID_ISSUER/exact".
func (r Recipe) Name() string { return r.Code + "/" + r.Cause }

// Recipes returns every recipe: three for each of issuer, audience, keys,
// refresh and expiry.
func Recipes() []Recipe {
	return slices.Concat(issuerRecipes(), audienceRecipes(), keysRecipes(), refreshRecipes(),
		expiryRecipes())
}

// Choose returns the recipes that patterns select: a code, a name, or a name
// with wildcards as path.Match knows them. No pattern means all. A pattern that
// selects nothing is an error.
func Choose(patterns ...string) ([]Recipe, error) {
	all := Recipes()
	if len(patterns) == 0 {
		return all, nil
	}
	chosen := make([]bool, len(all))
	for _, pattern := range patterns {
		found := false
		for i, r := range all {
			matches, err := path.Match(pattern, r.Name())
			if err != nil {
				return nil, fmt.Errorf("pattern %q: %w", pattern, err)
			}
			if matches || strings.EqualFold(pattern, r.Code) ||
				strings.EqualFold(pattern, r.Name()) {
				chosen[i], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("no documented cause is called %q", pattern)
		}
	}
	var list []Recipe
	for i, r := range all {
		if chosen[i] {
			list = append(list, r)
		}
	}
	return list, nil
}

// Options configure [Play]. The zero value is usable.
type Options struct {
	// Seed decides keys, IDs and secrets. Zero means a random one.
	Seed uint64

	// Record makes the record of a diagnosis. With nil the records have a line
	// of it only.
	Record func(*diagnose.Diagnosis) *reports.Diagnosis

	// Step is called with each step as soon as it is done, from the goroutine
	// of Play. It may be nil.
	Step func(reports.ReproductionStep)

	// Keep leaves the environment and the applications running until ctx ends,
	// and adds the lines that repeat everything by hand. Shown, which must not
	// be nil then, is called before the wait.
	Keep  bool
	Shown func(*reports.Reproduction) error
}

// Play plays a recipe. The error says why that was not possible; an outcome
// other than the documented one is in the record.
func Play(ctx context.Context, r Recipe, opts Options) (*reports.Reproduction, error) {
	began := time.Now()
	s, err := newStage(ctx, r, opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	r.play(s)
	s.record.DurationMillis = float64(time.Since(began).Microseconds()) / 1000
	if s.err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name(), s.err)
	}
	s.record.OK = !slices.ContainsFunc(s.record.Steps, func(step reports.ReproductionStep) bool {
		return !step.OK
	})
	if opts.Keep {
		s.record.Again = s.again
		if err := opts.Shown(s.record); err != nil {
			return nil, err
		}
		<-ctx.Done()
	}
	return s.record, nil
}
