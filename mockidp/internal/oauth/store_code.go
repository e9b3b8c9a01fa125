package oauth

import (
	"context"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/internal/bounded"
)

// CreateAuthorizeCodeSession implements oauth2.AuthorizeCodeStorage.
func (s *store) CreateAuthorizeCodeSession(_ context.Context, signature string, r fosite.Requester) error {
	request, err := kept(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.join(request, now)
	s.codes.Put(signature, &codeRow{request: request}, now, now.Add(s.lifetimes.Code))
	return nil
}

// GetAuthorizeCodeSession implements oauth2.AuthorizeCodeStorage. Asking for
// a used code counts as using it again, so it revokes the family at once:
// fosite does so for most such requests, but not for two that run at the same
// time. RFC 6749, 4.1.2.
func (s *store) GetAuthorizeCodeSession(_ context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	code, ok := s.codes.Get(signature, now)
	if !ok {
		return nil, fosite.ErrNotFound
	}
	if code.used {
		s.revoke(code.request.GetID(), now)
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
	if code.used {
		s.revoke(code.request.GetID(), now)
		return fosite.ErrInvalidatedAuthorizeCode
	}
	code.used = true
	return nil
}

// CreateOpenIDConnectSession implements openid.OpenIDConnectRequestStorage.
func (s *store) CreateOpenIDConnectSession(_ context.Context, code string, r fosite.Requester) error {
	return s.keepHalf(s.identity, code, r)
}

// GetOpenIDConnectSession implements openid.OpenIDConnectRequestStorage.
func (s *store) GetOpenIDConnectSession(_ context.Context, code string, _ fosite.Requester) (fosite.Requester, error) {
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
func (s *store) CreatePKCERequestSession(_ context.Context, signature string, r fosite.Requester) error {
	return s.keepHalf(s.proofs, signature, r)
}

// GetPKCERequestSession implements pkce.PKCERequestStorage.
func (s *store) GetPKCERequestSession(_ context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	return s.lendHalf(s.proofs, signature)
}

// DeletePKCERequestSession implements pkce.PKCERequestStorage and keeps the
// challenge. fosite deletes it before it compares: a confidential client that
// tries again without any verifier would then be let through.
func (s *store) DeletePKCERequestSession(context.Context, string) error { return nil }

func (s *store) keepHalf(t *bounded.Map[*fosite.Request], name string, r fosite.Requester) error {
	request, err := kept(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	t.Put(name, request, now, now.Add(s.lifetimes.Code))
	return nil
}

func (s *store) lendHalf(t *bounded.Map[*fosite.Request], name string) (fosite.Requester, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, ok := t.Get(name, s.now())
	if !ok {
		return nil, fosite.ErrNotFound
	}
	return lent(request), nil
}
