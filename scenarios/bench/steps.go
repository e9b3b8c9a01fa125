package bench

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
)

// The steps, in the order of a verification.
const (
	stepParse     = "parse"
	stepKey       = "key"
	stepSignature = "signature"
	stepClaims    = "claims"
	stepOther     = "other"
)

// stepOf returns the step of a verification that a function of package verifier
// belongs to, with everything that it calls, or an empty string. What none of
// these functions calls is other work, such as that of the garbage collector.
func stepOf(function string) string {
	switch function {
	case "split", "(*Verifier).readHeader", "(*scratch).decodeSignature", "(*scratch).decodePayload", "(*scratch).claims", "scanClaims":
		return stepParse
	case "(*headerCache).get", "(*headerCache).put", "(*Verifier).keySet", "(*KeySet).candidates", "(*Verifier).recall":
		return stepKey
	case "(*publicKey).verifies":
		return stepSignature
	case "(*Verifier).checkIssuer", "(*Verifier).checkClaims", "(*Verifier).checkRule":
		return stepClaims
	}
	return ""
}

// steps profiles the operation of s for d and returns the share of each step in
// the time of the processor.
func (s subject) steps(ctx context.Context, d time.Duration) ([]reports.StepShare, error) {
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		return nil, err // another profile is in progress
	}
	var wrong uint64
	present := s.slice(&wrong)
	for began := time.Now(); time.Since(began) < d && ctx.Err() == nil; {
		present(100)
	}
	pprof.StopCPUProfile()
	stacks, err := readProfile(&profile)
	if err != nil {
		return nil, fmt.Errorf("reading the profile: %w", err)
	}
	return shares(stacks), nil
}

// shares adds up the samples of stacks by step.
func shares(stacks []stack) []reports.StepShare {
	counts := make(map[string]int64)
	var total int64
	for _, s := range stacks {
		counts[s.step()] += s.samples
		total += s.samples
	}
	var list []reports.StepShare
	for _, name := range []string{stepParse, stepKey, stepSignature, stepClaims, stepOther} {
		if total > 0 {
			list = append(list, reports.StepShare{Step: name, Share: float64(counts[name]) / float64(total)})
		}
	}
	return list
}

// stack is one of the call stacks of a profile, the innermost function first.
type stack struct {
	functions []string
	samples   int64
}

// step returns the step that s was in.
func (s stack) step() string {
	const verifier = "github.com/assay-id/assay/verifier."
	for _, function := range slices.Backward(s.functions) {
		if name, ok := strings.CutPrefix(function, verifier); ok && stepOf(name) != "" {
			return stepOf(name)
		}
	}
	return stepOther
}
