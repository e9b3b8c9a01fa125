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

// Setup is what a verifier under the contract is told.
type Setup struct {
	// Issuer is the Issuer Identifier. Without a JWKSet it is the URL of a
	// mock environment: http:// on a loopback address, which the verifier must
	// be allowed to use.
	Issuer string

	// ClientID is the one audience that is to be accepted.
	ClientID string

	// JWKSet is the text of a fixed JWK Set. Nil means discovery from Issuer.
	JWKSet []byte

	// Now is the clock to verify and to let keys age by. A verifier that only
	// knows the real one may ignore it.
	Now func() time.Time
}

// Verifier is what the contract is about. Verify must be safe for concurrent
// use.
//
// It returns the claims of a good token, iss and sub among them, or an error
// and no claims. An error with a *verifier.Error in its chain is held to the
// reason that the fault of the token has; any other only has to be there. What
// also is an io.Closer is closed in the end.
type Verifier interface {
	Verify(ctx context.Context, rawIDToken string) (claims map[string]any, err error)
}

// Run checks a verifier against the contract, in a subtest for each clause. It
// calls open for each of them, some at the same time, and fails t for what the
// verifier does not keep. It takes a second or two. For RS256 under the policy
// that Char documents; see the scenarios of assay for everything else.
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

// Violation is a clause of the contract that a verifier does not keep.
type Violation struct {
	Clause string // as the subtest of Run is called, such as "refuses a token that has expired"
	Err    error  // what it did instead
}

// Check is [Run] outside of a test. It returns every clause that the verifier
// does not keep; the error says that the mock environment did not start. It
// ends early if ctx does.
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

// clause is one promise of the contract. Its name continues that of its group.
type clause struct {
	name  string
	check func(context.Context, *stage) error
}

// group is the clauses whose names begin alike.
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

// stage is where clauses are checked: a mock server, and what makes verifiers.
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
	// The error is that requests were cut off: those of a verifier that
	// waits for an answer that never comes, which its clause has reported.
	_ = s.server.Close(ctx)
}

// verdict is what is expected of one verification.
type verdict struct {
	accept  bool
	reasons []verifier.Reason // of a refusal; none means any
}

// The verdicts.
func accepted() verdict                          { return verdict{accept: true} }
func refused(reasons ...verifier.Reason) verdict { return verdict{reasons: reasons} }

// compare returns how an answer departs from v.
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

// presence bounds one verification in real time, far above the few
// milliseconds that it takes.
const presence = 20 * time.Second

// present lets a verifier judge a token.
func present(ctx context.Context, v Verifier, token string, want verdict) error {
	ctx, cancel := context.WithTimeout(ctx, presence)
	defer cancel()
	claims, err := v.Verify(ctx, token)
	if ctx.Err() != nil {
		return fmt.Errorf("it has not answered within %v", presence)
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
