package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// refusals tells the log of a service, and with explain its callers, why tokens
// are refused.
type refusals struct {
	cfg      verifier.Config
	verifier *verifier.Verifier
	logger   *slog.Logger
	explain  bool

	mu      sync.Mutex
	retired []string // key IDs that were published before, the newest last
}

// maxRetired bounds the key IDs that are remembered: those of a few rotations.
const maxRetired = 32

// newRefusals returns one with a verifier for cfg, which the caller closes.
func newRefusals(cfg verifier.Config, logger *slog.Logger, explain bool) (*refusals, error) {
	r := &refusals{cfg: cfg, logger: logger, explain: explain}
	cfg.Hooks = &verifier.Hooks{KeysChanged: func(e verifier.KeysChangedEvent) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.retired = append(r.retired, e.Removed...)
		r.retired = r.retired[max(0, len(r.retired)-maxRetired):]
	}}
	var err error
	r.verifier, err = verifier.New(cfg)
	return r, err
}

// refused logs a refusal in one line, and returns the diagnosis to answer, or
// nil.
func (r *refusals) refused(ctx context.Context, rawIDToken string, err error) any {
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		err = diagnose.RedactError(e, rawIDToken)
	}
	// The empty key puts the attributes of the error into the line itself.
	r.logger.LogAttrs(ctx, slog.LevelInfo, "token refused", slog.Any("", err))
	if !r.explain {
		return nil
	}
	r.mu.Lock()
	retired := slices.Clone(r.retired)
	r.mu.Unlock()
	return diagnosisRecord(diagnose.Diagnose(ctx, diagnose.Request{
		Token: rawIDToken, Config: r.cfg, Keys: r.verifier.KeyState(ctx), Retired: retired,
	}))
}
