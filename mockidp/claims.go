package mockidp

import (
	"cmp"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/mockidp/signin"
)

// idTokenClaims returns the claims of an ID Token as Scalekit documents them.
// In addition it has nonce and auth_time where OIDC Core 1.0, 2 demands them:
// if the request had a nonce, and if it had max_age. A refreshed ID Token has no
// nonce and no c_hash (12.2: it should have no nonce, and there is no code).
// Scalekit documents amr with the connection alone, and no acr; after a second
// factor amr has the values of RFC 8176 as well.
func (m *minter) idTokenClaims(i *issue, g oauth.Grant) keyring.Object {
	s := g.Session
	c := keyring.Object{
		{Name: "iss", Value: m.issuer},
		{Name: "aud", Value: []string{g.ClientID}},
		{Name: "azp", Value: g.ClientID},
		{Name: "client_id", Value: g.ClientID},
		{Name: "sub", Value: s.Subject},
	}
	add := func(name string, value any) { c = append(c, keyring.Member{Name: name, Value: value}) }
	addOrganization(add, s)
	add("sid", s.ID)
	add("amr", append([]string{s.ConnectionID}, s.Confirmed...))
	if s.Nonce != "" && i.grantType == directory.GrantCode {
		add("nonce", s.Nonce)
	}
	add("at_hash", halfHash(i.key.Alg(), i.accessToken))
	if i.code != "" {
		add("c_hash", halfHash(i.key.Alg(), i.code))
	}
	if s.MaxAge {
		add("auth_time", s.AuthTime.Unix())
	}
	addProfile(add, s.User)
	add("iat", i.now.Unix())
	add("exp", i.now.Add(m.cfg.IDTokenLifetime).Unix())
	return c
}

// accessTokenClaims returns the claims of an access token of a user, or of a
// client on its own.
func (m *minter) accessTokenClaims(i *issue, g oauth.Grant) keyring.Object {
	s := g.Session
	c := keyring.Object{{Name: "iss", Value: m.accessTokenIssuer(g)}}
	add := func(name string, value any) { c = append(c, keyring.Member{Name: name, Value: value}) }
	audience := g.Audience
	if len(audience) == 0 && s.User != nil {
		audience = []string{g.ClientID}
	}
	if len(audience) > 0 {
		add("aud", audience)
	}
	add("sub", s.Subject)
	add("client_id", g.ClientID)
	lifetime := m.cfg.AccessTokenLifetime
	if s.User == nil {
		add("scopes", append([]string{}, g.Scopes...))
		lifetime = m.cfg.ClientCredentialsLifetime
	} else {
		addOrganization(add, s)
		add("sid", s.ID)
		if m := s.Membership; m != nil && len(m.Roles) > 0 {
			add("roles", m.Roles)
		}
		if m := s.Membership; m != nil && len(m.Permissions) > 0 {
			add("permissions", m.Permissions)
		}
		add("scope", strings.Join(g.Scopes, " "))
	}
	add("iat", i.now.Unix())
	add("nbf", i.now.Unix())
	add("exp", i.now.Add(lifetime).Unix())
	add("jti", m.ids.Token())
	return c
}

// accessTokenIssuer returns the iss of an access token: that of the environment,
// or that of its resource.
func (m *minter) accessTokenIssuer(g oauth.Grant) string {
	for _, audience := range g.Audience {
		if r := m.people.Resource(audience); r != nil && r.OwnIssuer {
			return m.issuer + resourcesPath + r.ID
		}
	}
	return m.issuer
}

// idpLoginLifetime is exp-iat of the JWT of an IdP-initiated login.
const idpLoginLifetime = 5 * time.Minute

// idpLoginClaims returns the claims that Scalekit documents for the JWT of an
// IdP-initiated login.
func (m *minter) idpLoginClaims(i *issue, login signin.IdPClaims) keyring.Object {
	claims := keyring.Object{
		{Name: "organization_id", Value: login.Connection.OrganizationID},
		{Name: "connection_id", Value: login.Connection.ID},
		{Name: "login_hint", Value: cmp.Or(login.User.Email, login.User.ID)},
	}
	if login.RelayState != "" {
		claims.Set("relay_state", login.RelayState)
	}
	return append(claims,
		keyring.Member{Name: "iss", Value: m.issuer},
		keyring.Member{Name: "iat", Value: i.now.Unix()},
		keyring.Member{Name: "nbf", Value: i.now.Unix()},
		keyring.Member{Name: "exp", Value: i.now.Add(idpLoginLifetime).Unix()},
	)
}

func addOrganization(add func(string, any), s *directory.Session) {
	if s.Organization == nil {
		return
	}
	add("oid", s.Organization.ID)
	if s.Organization.ExternalID != "" {
		add("xoid", s.Organization.ExternalID)
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

// reserved reports whether a custom claim would replace one that the
// environment sets, or one that Scalekit drops.
func reserved(name string) bool {
	switch name {
	case "iss", "aud", "azp", "client_id", "sub", "oid", "xoid", "xuid", "sid", "amr",
		"nonce", "at_hash", "c_hash", "auth_time", "iat", "nbf", "exp", "jti",
		"email", "email_verified", "name", "given_name", "family_name",
		"roles", "permissions", "scope", "scopes":
		return true
	}
	return false
}
