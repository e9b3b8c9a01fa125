package oauth

import (
	"context"
	"slices"
	"time"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/directory"
)

// relyingParty shows a [directory.Client] to fosite.
type relyingParty struct {
	directory.Client
	lifetimes *Lifetimes
	resources []directory.Resource
}

func (p *relyingParty) GetID() string                      { return p.ID }
func (p *relyingParty) GetRedirectURIs() []string          { return p.RedirectURIs }
func (p *relyingParty) GetGrantTypes() fosite.Arguments    { return p.GrantTypes }
func (p *relyingParty) GetResponseTypes() fosite.Arguments { return fosite.Arguments{"code"} }
func (p *relyingParty) IsPublic() bool                     { return p.Public() }
func (p *relyingParty) GetResponseModes() []fosite.ResponseModeType {
	return []fosite.ResponseModeType{fosite.ResponseModeDefault, fosite.ResponseModeQuery}
}

// GetScopes has the scopes of all resources in addition to those of the client.
func (p *relyingParty) GetScopes() fosite.Arguments {
	all := slices.Clone(p.Scopes)
	for _, r := range p.resources {
		all = append(all, r.Scopes...)
	}
	return all
}

// GetAudience has all resources in addition to the audiences of the client.
func (p *relyingParty) GetAudience() fosite.Arguments {
	all := slices.Clone(p.Audiences)
	for i := range p.resources {
		all = append(all, p.resources[i].Audience()...)
	}
	return all
}

// GetHashedSecret returns nothing: authenticateClient does not ask for it.
func (p *relyingParty) GetHashedSecret() []byte { return nil }

// GetEffectiveLifespan tells fosite how long a token lives, which depends on
// the grant: clients keep theirs longer than users.
func (p *relyingParty) GetEffectiveLifespan(
	grant fosite.GrantType, kind fosite.TokenType, otherwise time.Duration,
) time.Duration {
	if grant == fosite.GrantTypeClientCredentials && kind == fosite.AccessToken {
		return p.lifetimes.ClientCredentials
	}
	return otherwise
}

type askedKey struct{}

// asking returns a context for a request that names a redirect URI. fosite
// compares it with those that the client shows; see
// [directory.Client.Redirects].
func asking(ctx context.Context, redirectURI string) context.Context {
	return context.WithValue(ctx, askedKey{}, redirectURI)
}

// asked returns the redirect URI of the request, or nothing.
func asked(ctx context.Context) string {
	uri, _ := ctx.Value(askedKey{}).(string)
	return uri
}
