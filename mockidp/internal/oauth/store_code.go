package oauth

import (
	"context"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/internal/bounded"
)

// CreateAuthorizeCodeSession implements oauth2.AuthorizeCodeStorage.
func (s *store) CreateAuthorizeCodeSession(
	_ context.Context, signature string, r fosite.Requester,
) error {
	return s.keep(s.codes, signature, r, s.lifetimes.Code)
}

// GetAuthorizeCodeSession implements oauth2.AuthorizeCodeStorage. Asking for
// a used code counts as using it again, so it revokes the family at once:
// fosite does so for most such requests, but not for two that run at the same
// time. RFC 6749, 4.1.2.
func (s *store) GetAuthorizeCodeSession(
	_ context.Context, signature string, _ fosite.Session,
) (fosite.Requester, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	code, ok := s.codes.Get(signature, now)
	if !ok {
		return nil, fosite.ErrNotFound
	}
	if !code.usedAt.IsZero() {
		s.replayed(code.request, "an authorization code", now)
		return lent(code.request), fosite.ErrInvalidatedAuthorizeCode
	}
	return lent(code.request), nil
}

// InvalidateAuthorizeCodeSession implements oauth2.AuthorizeCodeStorage. Of
// several requests that run at the same time with one code, the first wins.
func (s *store) InvalidateAuthorizeCodeSession(_ context.Context, signature string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	code, ok := s.codes.Get(signature, now)
	if !ok {
		return fosite.ErrNotFound
	}
	if !code.usedAt.IsZero() {
		s.replayed(code.request, "an authorization code", now)
		return fosite.ErrInvalidatedAuthorizeCode
	}
	code.usedAt = now
	return nil
}

// CreateOpenIDConnectSession implements openid.OpenIDConnectRequestStorage.
func (s *store) CreateOpenIDConnectSession(
	_ context.Context, code string, r fosite.Requester,
) error {
	return s.keep(s.identity, code, r, s.lifetimes.Code)
}

// GetOpenIDConnectSession implements openid.OpenIDConnectRequestStorage.
func (s *store) GetOpenIDConnectSession(
	_ context.Context, code string, _ fosite.Requester,
) (fosite.Requester, error) {
	return s.lendHalf(s.identity, code)
}

// DeleteOpenIDConnectSession implements openid.OpenIDConnectRequestStorage.
func (s *store) DeleteOpenIDConnectSession(_ context.Context, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identity.Remove(code)
	return nil
}

// CreatePKCERequestSession implements pkce.PKCERequestStorage.
func (s *store) CreatePKCERequestSession(
	_ context.Context, signature string, r fosite.Requester,
) error {
	return s.keep(s.proofs, signature, r, s.lifetimes.Code)
}

// GetPKCERequestSession implements pkce.PKCERequestStorage.
func (s *store) GetPKCERequestSession(
	_ context.Context, signature string, _ fosite.Session,
) (fosite.Requester, error) {
	return s.lendHalf(s.proofs, signature)
}

// DeletePKCERequestSession implements pkce.PKCERequestStorage and keeps the
// challenge. fosite deletes it before it compares: a confidential client that
// tries again without any verifier would then be let through.
func (s *store) DeletePKCERequestSession(context.Context, string) error { return nil }

func (s *store) lendHalf(table *bounded.Map[*row], name string) (fosite.Requester, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	half, ok := table.Get(name, s.now())
	if !ok {
		return nil, fosite.ErrNotFound
	}
	return lent(half.request), nil
}
