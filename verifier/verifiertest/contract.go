package verifiertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/verifier"
)

// Setup configures the verifier under test.
type Setup struct {
	// Issuer is the Issuer Identifier. Without a JWKSet it is the URL of a
	// mock environment: http:// on a loopback address, which the verifier must
	// be allowed to use.
	Issuer string

	// ClientID is the one audience that must be accepted.
	ClientID string

	// JWKSet is a fixed JWK Set in JSON. Nil means discovery from Issuer.
	JWKSet []byte

	// Now is the clock for verifying and for the age of keys. A verifier that
	// can only use the real clock may ignore it.
	Now func() time.Time
}

// Verifier is a verifier under test. Verify must be safe for concurrent use.
//
// It returns the claims of a good token, iss and sub among them, or an error
// and no claims. If a *verifier.Error is in the chain of the error, its reason
// must be the right one; any other error will do. A Verifier that is also an
// io.Closer is closed at the end.
type Verifier interface {
	Verify(ctx context.Context, rawIDToken string) (claims map[string]any, err error)
}

// Run checks a verifier against the contract, in a subtest for each clause. It
// calls open for each clause, sometimes concurrently, and fails t for each
// clause that the verifier violates. It takes a second or two. The contract is
// about RS256 under the policy that Char documents; the scenarios of assay test
// everything else.
func Run(t *testing.T, open func(Setup) (Verifier, error)) {
	t.Helper()
	s, err := newStage(t.Context(), open)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	for _, group := range contract() {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.clauses {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					if err := c.check(t.Context(), s); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

// Violation is a clause of the contract that a verifier violates.
type Violation struct {
	Clause string // name of the subtest of Run, such as "refuses a token that has expired"
	Err    error  // what the verifier did instead
}

// Check is [Run] outside of a test. It returns every clause that the verifier
// violates. The error says that the mock environment did not start, or that ctx
// ended, which ends Check early.
func Check(ctx context.Context, open func(Setup) (Verifier, error)) ([]Violation, error) {
	s, err := newStage(ctx, open)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var violations []Violation
	for _, group := range contract() {
		for _, c := range group.clauses {
			if err := c.check(ctx, s); err != nil {
				violations = append(violations, Violation{group.name + " " + c.name, err})
			}
		}
	}
	return violations, ctx.Err()
}

// clause is one promise of the contract. Its name continues the name of its
// group.
type clause struct {
	name  string
	check func(context.Context, *stage) error
}

// group holds the clauses whose names begin with the same words.
type group struct {
	name    string
	clauses []clause
}

func contract() []group {
	return []group{
		{"accepts", goodTokens()},
		{"refuses", slices.Concat(faultyTokens(), faultyProviders())},
		{"is", manners()},
		{"lives through", events()},
	}
}

// stage holds what all clauses share: a mock server, and the function that
// makes verifiers.
type stage struct {
	server *mockidp.Server
	open   func(Setup) (Verifier, error)
	worlds atomic.Uint64 // numbers the environments, whose names must differ
}

func newStage(ctx context.Context, open func(Setup) (Verifier, error)) (*stage, error) {
	server, err := mockidp.Start(ctx, mockidp.Config{})
	if err != nil {
		return nil, fmt.Errorf("starting the mock environment: %w", err)
	}
	return &stage{server: server, open: open}, nil
}

func (s *stage) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// The error says that requests were cut off. They come from a verifier
	// that waits for an answer in vain, which its clause has reported.
	_ = s.server.Close(ctx)
}

// verdict is the expected result of one verification.
type verdict struct {
	accept  bool
	reasons []verifier.Reason // allowed for a refusal; none means any
}

// The verdicts.
func accepted() verdict                          { return verdict{accept: true} }
func refused(reasons ...verifier.Reason) verdict { return verdict{reasons: reasons} }

// compare returns how an answer differs from v.
func (v verdict) compare(claims map[string]any, err error) error {
	switch {
	case v.accept && err != nil:
		return fmt.Errorf("it refuses: %w", err)
	case v.accept:
		return nil
	case err == nil:
		return fmt.Errorf("it accepts, want a refusal%s", v.want())
	case len(claims) > 0:
		return fmt.Errorf("it returns %d claims with the error %q, want none", len(claims), err)
	}
	got := verifier.ReasonOf(err)
	if got != "" && len(v.reasons) > 0 && !slices.Contains(v.reasons, got) {
		return fmt.Errorf("it refuses with %s, want%s: %w", got, v.want(), err)
	}
	return nil
}

func (v verdict) want() string {
	text := ""
	for i, r := range v.reasons {
		if i > 0 {
			text += " or"
		}
		text += " " + string(r)
	}
	return text
}

// verifyTimeout bounds one verification in real time, far above the few
// milliseconds that it takes.
const verifyTimeout = 20 * time.Second

// present gives a token to a verifier and compares its answer with want.
func present(ctx context.Context, v Verifier, token string, want verdict) error {
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	claims, err := v.Verify(ctx, token)
	if ctx.Err() != nil {
		return fmt.Errorf("it has not answered within %v", verifyTimeout)
	}
	return want.compare(claims, err)
}

// closeVerifier closes v if that is possible, and adds its error to err.
func closeVerifier(v Verifier, err *error) {
	if c, ok := v.(io.Closer); ok {
		if e := c.Close(); e != nil {
			*err = errors.Join(*err, fmt.Errorf("closing: %w", e))
		}
	}
}
