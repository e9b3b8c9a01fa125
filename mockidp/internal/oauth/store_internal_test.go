package oauth

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/directory"
)

// newTestStore returns a store whose clock does not move.
func newTestStore(logger *slog.Logger) *store {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return newStore(Config{
		Now:       func() time.Time { return at },
		Lifetimes: Lifetimes{Code: time.Minute, AccessToken: time.Minute, RefreshToken: time.Hour},
		Logger:    logger,
		Suspect:   func(*directory.Session, string, string) {},
	})
}

func testRequest(id string) *fosite.Request {
	r := fosite.NewRequest()
	r.ID = id
	r.Session = &session{Session: directory.Session{Subject: "usr_1", User: &directory.User{ID: "usr_1"}}}
	return r
}

// TestStoreRevokesUnfinishedFamilies is the moment that no client can bring
// about: a request has won the race for a code or refresh token, another one
// has revoked the family, and only now the winner stores its tokens.
func TestStoreRevokesUnfinishedFamilies(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newTestStore(slog.New(slog.DiscardHandler))
	r := testRequest("family")
	for _, err := range []error{
		s.CreateAuthorizeCodeSession(ctx, "code", r),
		s.InvalidateAuthorizeCodeSession(ctx, "code"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.GetAuthorizeCodeSession(ctx, "code", nil); !errors.Is(err, fosite.ErrInvalidatedAuthorizeCode) {
		t.Errorf("asking for the used code: %v, want %v", err, fosite.ErrInvalidatedAuthorizeCode)
	}
	for _, err := range []error{
		s.CreateAccessTokenSession(ctx, "access", r),
		s.CreateRefreshTokenSession(ctx, "refresh", "access", r),
		s.CreateRefreshTokenSession(ctx, "other", "access", testRequest("other")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.GetAccessTokenSession(ctx, "access", nil); !errors.Is(err, fosite.ErrNotFound) {
		t.Errorf("the access token: %v, want %v", err, fosite.ErrNotFound)
	}
	got, err := s.GetRefreshTokenSession(ctx, "refresh", nil)
	if !errors.Is(err, fosite.ErrInactiveToken) || got == nil {
		t.Errorf("the refresh token: %v, %v, want its request and %v",
			got, err, fosite.ErrInactiveToken)
	}
	if err := s.RotateRefreshToken(ctx, "family", "refresh"); !errors.Is(err, fosite.ErrInactiveToken) {
		t.Errorf("rotating it: %v, want %v", err, fosite.ErrInactiveToken)
	}
	if _, err := s.GetRefreshTokenSession(ctx, "other", nil); err != nil {
		t.Errorf("the refresh token of another family: %v", err)
	}
}

// TestStoreIsBounded stores more than fits. The log says so, once.
func TestStoreIsBounded(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var log strings.Builder
	s := newTestStore(slog.New(slog.NewTextHandler(&log, nil)))
	r := testRequest("family")
	for i := range maxRows + 10 {
		if err := s.CreatePKCERequestSession(ctx, fmt.Sprint(i), r); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.proofs.Len(); got != maxRows {
		t.Errorf("the store has %d rows, want %d", got, maxRows)
	}
	if _, err := s.GetPKCERequestSession(ctx, "0", nil); !errors.Is(err, fosite.ErrNotFound) {
		t.Errorf("the oldest row: %v, want %v", err, fosite.ErrNotFound)
	}
	if got := strings.Count(log.String(), "store is full"); got != 1 {
		t.Errorf("the log says %d times that the store is full, want once:\n%s", got, log.String())
	}
}

// TestStoreKeepsCopies changes what was stored and what was returned.
func TestStoreKeepsCopies(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newTestStore(slog.New(slog.DiscardHandler))
	r := testRequest("family")
	if err := s.CreateAccessTokenSession(ctx, "access", r); err != nil {
		t.Fatal(err)
	}
	r.Session.(*session).Subject = "changed after it was stored"
	first, err := s.GetAccessTokenSession(ctx, "access", nil)
	if err != nil {
		t.Fatal(err)
	}
	first.GetSession().(*session).Subject = "changed after it was returned"
	second, err := s.GetAccessTokenSession(ctx, "access", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := second.GetSession().GetSubject(); got != "usr_1" {
		t.Errorf("subject is %q, want usr_1", got)
	}
	if err := s.CreateAccessTokenSession(ctx, "x", fosite.NewAccessRequest(nil)); err == nil {
		t.Errorf("a request that is not sanitized was stored")
	}
}
