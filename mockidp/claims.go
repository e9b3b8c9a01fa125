package mockidp

import (
	"strings"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/keyring"
)

// idTokenClaims returns the claims of an ID Token as Scalekit documents them.
// Besides those it has nonce and auth_time where OIDC Core 1.0, 2 demands
// them: if the request had a nonce, and if it had max_age. A refreshed ID
// Token has no nonce and no c_hash (12.2: it should have none, and there is
// no code).
func (e *Environment) idTokenClaims(i *issue, s *session, clientID string) keyring.Object {
	c := keyring.Object{
		{Name: "iss", Value: e.issuer},
		{Name: "aud", Value: []string{clientID}},
		{Name: "azp", Value: clientID},
		{Name: "client_id", Value: clientID},
		{Name: "sub", Value: s.subject},
	}
	add := func(name string, value any) { c = append(c, keyring.Member{Name: name, Value: value}) }
	addOrganization(add, s)
	add("sid", s.sid)
	add("amr", []string{s.connection})
	if s.nonce != "" && i.grantType == grantCode {
		add("nonce", s.nonce)
	}
	add("at_hash", halfHash(i.key.Alg(), i.accessToken))
	if i.code != "" {
		add("c_hash", halfHash(i.key.Alg(), i.code))
	}
	if s.maxAge {
		add("auth_time", s.authTime.Unix())
	}
	addProfile(add, s.user)
	add("iat", i.now.Unix())
	add("exp", i.now.Add(e.cfg.IDTokenLifetime).Unix())
	return c
}

// accessTokenClaims returns the claims of an access token of a user, or of a
// client on its own.
func (e *Environment) accessTokenClaims(i *issue, s *session, r fosite.Requester) keyring.Object {
	clientID := r.GetClient().GetID()
	c := keyring.Object{{Name: "iss", Value: e.issuer}}
	add := func(name string, value any) { c = append(c, keyring.Member{Name: name, Value: value}) }
	audience := []string(r.GetGrantedAudience())
	if len(audience) == 0 && s.user != nil {
		audience = []string{clientID}
	}
	if len(audience) > 0 {
		add("aud", audience)
	}
	add("sub", s.subject)
	add("client_id", clientID)
	lifetime := e.cfg.AccessTokenLifetime
	if s.user == nil {
		add("scopes", append([]string{}, r.GetGrantedScopes()...))
		lifetime = e.cfg.ClientCredentialsLifetime
	} else {
		addOrganization(add, s)
		add("sid", s.sid)
		if m := s.membership; m != nil && len(m.Roles) > 0 {
			add("roles", m.Roles)
		}
		if m := s.membership; m != nil && len(m.Permissions) > 0 {
			add("permissions", m.Permissions)
		}
		add("scope", strings.Join(r.GetGrantedScopes(), " "))
	}
	add("iat", i.now.Unix())
	add("nbf", i.now.Unix())
	add("exp", i.now.Add(lifetime).Unix())
	add("jti", e.ids.token())
	return c
}

func addOrganization(add func(string, any), s *session) {
	if s.org == nil {
		return
	}
	add("oid", s.org.ID)
	if s.org.ExternalID != "" {
		add("xoid", s.org.ExternalID)
	}
}

// addProfile adds what ID Tokens and the UserInfo response say about a user.
func addProfile(add func(string, any), u *User) {
	if u.Email != "" {
		add("email", u.Email)
		add("email_verified", u.EmailVerified)
	}
	for _, claim := range []keyring.Member{
		{Name: "name", Value: u.Name},
		{Name: "given_name", Value: u.GivenName},
		{Name: "family_name", Value: u.FamilyName},
	} {
		if claim.Value != "" {
			add(claim.Name, claim.Value)
		}
	}
	for _, claim := range u.Claims {
		if !reserved(claim.Name) {
			add(claim.Name, claim.Value)
		}
	}
}
