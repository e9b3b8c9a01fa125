package oauth

import (
	"context"
	"time"

	"github.com/ory/fosite"
)

// CreateAccessTokenSession implements oauth2.AccessTokenStorage.
func (s *store) CreateAccessTokenSession(
	_ context.Context, signature string, r fosite.Requester,
) error {
	lifetime := s.lifetimes.AccessToken
	if own, ok := r.GetSession().(*session); ok && own.User == nil {
		lifetime = s.lifetimes.ClientCredentials
	}
	return s.keep(s.access, signature, r, lifetime)
}

// GetAccessTokenSession implements oauth2.AccessTokenStorage.
func (s *store) GetAccessTokenSession(
	_ context.Context, signature string, _ fosite.Session,
) (fosite.Requester, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	token, ok := s.access.Get(signature, now)
	if !ok || s.revoked(token.request, now) {
		return nil, fosite.ErrNotFound
	}
	return lent(token.request), nil
}

// DeleteAccessTokenSession implements oauth2.AccessTokenStorage.
func (s *store) DeleteAccessTokenSession(_ context.Context, signature string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access.Remove(signature)
	return nil
}

// CreateRefreshTokenSession implements oauth2.RefreshTokenStorage.
func (s *store) CreateRefreshTokenSession(
	_ context.Context, signature, _ string, r fosite.Requester,
) error {
	return s.keep(s.refresh, signature, r, s.lifetimes.RefreshToken)
}

// GetRefreshTokenSession implements oauth2.RefreshTokenStorage. A token that
// was used, or whose family is revoked, is reported as inactive together with
// its request, whereupon fosite revokes the family.
func (s *store) GetRefreshTokenSession(
	_ context.Context, signature string, _ fosite.Session,
) (fosite.Requester, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	token, ok := s.refresh.Get(signature, now)
	if !ok {
		return nil, fosite.ErrNotFound
	}
	if s.spent(token, now) {
		s.replayed(token.request, "a refresh token", now)
	}
	if s.revoked(token.request, now) {
		return lent(token.request), fosite.ErrInactiveToken
	}
	return lent(token.request), nil
}

// spent reports whether the token was used and its grace is over.
func (s *store) spent(token *row, now time.Time) bool {
	return !token.usedAt.IsZero() && !now.Before(token.usedAt.Add(s.lifetimes.RefreshGrace))
}

// DeleteRefreshTokenSession implements oauth2.RefreshTokenStorage and keeps
// the row. fosite deletes a token that was used again, whose family is
// revoked then; with the row, the third use gets the same answer as the
// second.
func (s *store) DeleteRefreshTokenSession(context.Context, string) error { return nil }

// RotateRefreshToken implements oauth2.RefreshTokenStorage. It is where
// requests that run at the same time with one token are told apart: the first
// wins, and so do those within the grace period. Any other revokes the family,
// including the winner's tokens, because nobody can tell which of them is the
// thief.
func (s *store) RotateRefreshToken(_ context.Context, _, signature string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	token, ok := s.refresh.Get(signature, now)
	if !ok {
		return fosite.ErrNotFound
	}
	if s.revoked(token.request, now) {
		return fosite.ErrInactiveToken
	}
	if s.spent(token, now) {
		s.replayed(token.request, "a refresh token", now)
		return fosite.ErrInactiveToken
	}
	if token.usedAt.IsZero() {
		token.usedAt = now
	}
	return nil
}

// RevokeRefreshToken implements oauth2.TokenRevocationStorage. It revokes the
// access tokens of the family as well: fosite always wants both.
func (s *store) RevokeRefreshToken(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoke(id, s.now())
	return nil
}

// RevokeAccessToken implements oauth2.TokenRevocationStorage, like
// RevokeRefreshToken.
func (s *store) RevokeAccessToken(ctx context.Context, id string) error {
	return s.RevokeRefreshToken(ctx, id)
}
