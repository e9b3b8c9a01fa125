package oauth

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/token/hmac"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/request"
)

// provider implements [Provider] with fosite.
type provider struct {
	*store
	fosite fosite.OAuth2Provider
	keys   hints
}

// New returns a provider.
func New(cfg Config) Provider {
	p := &provider{store: newStore(cfg), keys: hints{keysByID: cfg.KeysByID}}
	config := &fosite.Config{
		AuthorizeCodeLifespan: cfg.Lifetimes.Code,
		AccessTokenLifespan:   cfg.Lifetimes.AccessToken,
		RefreshTokenLifespan:  cfg.Lifetimes.RefreshToken,
		IDTokenLifespan:       cfg.Lifetimes.IDToken,

		ScopeStrategy:                fosite.ExactScopeStrategy,
		AudienceMatchingStrategy:     fosite.ExactAudienceMatchingStrategy,
		RedirectSecureChecker:        fosite.IsRedirectURISecure,
		ClientAuthenticationStrategy: p.authenticateClient,
		EnforcePKCEForPublicClients:  true,
		RefreshTokenScopes:           []string{"offline_access"},
		AllowedPromptValues: []string{
			"login", "none", "create", "select_account", "consent",
		},
		OmitRedirectScopeParam: true,
		MinParameterEntropy:    1, // Scalekit accepts any state and nonce.
		GlobalSecret:           cfg.Secret,
	}
	opaque := oauth2.NewHMACSHAStrategyUnPrefixed(&hmac.HMACStrategy{Config: config}, config)
	strategy := &compose.CommonStrategy{
		CoreStrategy:               &accessTokens{opaque, cfg.Minter},
		OpenIDConnectTokenStrategy: idTokens{cfg.Minter},
		Signer:                     p.keys,
	}
	p.fosite = compose.Compose(config, p.store, strategy,
		compose.OAuth2AuthorizeExplicitFactory,
		compose.OAuth2ClientCredentialsGrantFactory,
		compose.OAuth2RefreshTokenGrantFactory,
		compose.OpenIDConnectExplicitFactory,
		compose.OpenIDConnectRefreshFactory,
		compose.OAuth2TokenIntrospectionFactory,
		compose.OAuth2TokenRevocationFactory,
		compose.OAuth2PKCEFactory, // after the one that issues the code
	)
	return p
}

// RedirectURI implements [Provider].
func (p *provider) RedirectURI(form url.Values) (*url.URL, error) {
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(form[name]) > 1 {
			return nil, Refuse("invalid_request", name+" occurs more than once")
		}
	}
	raw := form.Get("redirect_uri")
	client := p.client(form.Get("client_id"))
	if client == nil {
		return nil, Refuse("invalid_client", "unable to retrieve client by id")
	}
	if raw == "" {
		return nil, Refuse("invalid_redirect_uri", "the request has no redirect_uri")
	}
	uri, err := match(raw, client.Redirects(raw))
	if err != nil {
		return nil, notRegistered("invalid_redirect_uri", "redirect_uri", raw,
			client.Registered(), "--redirect-uri")
	}
	return uri, nil
}

// match returns the URI that was asked for if it is among those of a client.
func match(asked string, uris []string) (*url.URL, error) {
	return fosite.MatchRedirectURIWithClientRedirectURIs(asked,
		&relyingParty{Client: directory.Client{RedirectURIs: uris}})
}

// PostLogoutURI implements [Provider].
func (p *provider) PostLogoutURI(clientID, asked string) (*url.URL, error) {
	client := p.client(clientID)
	if client == nil {
		return nil, Refuse("invalid_request", "a redirect needs an id_token_hint or a client_id")
	}
	to, err := match(asked, client.PostLogoutRedirects(asked))
	if err != nil {
		return nil, notRegistered("invalid_request", "post_logout_redirect_uri", asked,
			client.RegisteredPostLogout(), "--post-logout-uri")
	}
	return to, nil
}

// CheckAuthorization implements [Provider].
func (p *provider) CheckAuthorization(r *http.Request, form url.Values) error {
	if name := request.Repeated(form); name != "" {
		return Refuse("invalid_request", name+" occurs more than once")
	}
	_, _, err := p.authorizeRequest(r, form)
	return translate(err)
}

// authorizeRequest has fosite check an authorization request. The form is not
// changed.
func (p *provider) authorizeRequest(
	r *http.Request, form url.Values,
) (context.Context, fosite.AuthorizeRequester, error) {
	ctx := asking(r.Context(), form.Get("redirect_uri"))
	own := r.Clone(ctx)
	own.Form = maps.Clone(form)
	if err := p.target(own.Form); err != nil {
		return nil, nil, err
	}
	if own.Form.Get("state") == "" {
		// fosite insists on a state, Scalekit and RFC 6749 do not. Authorize
		// takes it out again.
		own.Form.Set("state", "none")
	}
	asked, err := p.fosite.NewAuthorizeRequest(ctx, own)
	return ctx, asked, err
}

// Authorize implements [Provider].
func (p *provider) Authorize(
	r *http.Request, form url.Values, login *directory.Session,
) (url.Values, error) {
	ctx, asked, err := p.authorizeRequest(r, form)
	if err != nil {
		return nil, translate(err)
	}
	for _, scope := range asked.GetRequestedScopes() {
		asked.GrantScope(scope)
	}
	for _, audience := range asked.GetRequestedAudience() {
		asked.GrantAudience(audience)
	}
	response, err := p.fosite.NewAuthorizeResponse(ctx, asked, newSession(login))
	if err != nil {
		return nil, translate(err)
	}
	parameters := response.GetParameters()
	parameters.Del("state")
	return parameters, nil
}

// Token implements [Provider].
func (p *provider) Token(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	request, response, err := p.exchange(ctx, r)
	if err != nil {
		return translate(err)
	}
	response.SetTokenType("Bearer") // Scalekit's spelling; RFC 6749, 5.1 allows any
	p.fosite.WriteAccessResponse(ctx, w, request, response)
	return nil
}

// exchange turns a grant into tokens.
func (p *provider) exchange(
	ctx context.Context, r *http.Request,
) (fosite.AccessRequester, fosite.AccessResponder, error) {
	if err := checkGrant(r.PostForm); err != nil {
		return nil, nil, err
	}
	if err := p.target(r.PostForm); err != nil {
		return nil, nil, err
	}
	own := new(session)
	asked, err := p.fosite.NewAccessRequest(ctx, r, own)
	if err != nil {
		return nil, nil, err
	}
	switch r.PostForm.Get("grant_type") {
	case directory.GrantClient:
		own.Subject = asked.GetClient().GetID()
		grantToClient(asked)
	case directory.GrantRefresh:
		for _, scope := range strings.Fields(r.PostForm.Get("scope")) {
			if !asked.GetGrantedScopes().Has(scope) {
				return nil, nil, Refuse("invalid_scope",
					"the login was not granted the scope "+scope)
			}
		}
	}
	if err := onlyGranted(asked, r.PostForm); err != nil {
		return nil, nil, err
	}
	response, err := p.fosite.NewAccessResponse(ctx, asked)
	return asked, response, err
}

// checkGrant refuses a token request whose form is incomplete, in clearer words
// than fosite's.
func checkGrant(form url.Values) error {
	if name := request.Repeated(form); name != "" {
		return Refuse("invalid_request", name+" occurs more than once")
	}
	needs := ""
	switch grant := form.Get("grant_type"); grant {
	case directory.GrantCode:
		needs = "code"
	case directory.GrantRefresh:
		needs = "refresh_token"
	case directory.GrantClient:
	case "":
		return Refuse("invalid_request", "the form has no grant_type")
	default:
		return Refuse("unsupported_grant_type", "grant_type is "+grant)
	}
	if needs != "" && form.Get(needs) == "" {
		return Refuse("invalid_request", "the form has no "+needs)
	}
	return nil
}

// grantToClient grants a client what it asks for, which fosite has checked,
// or everything it may have if it asks for no scope (RFC 6749, 3.3).
func grantToClient(asked fosite.AccessRequester) {
	scopes := []string(asked.GetRequestedScopes())
	if len(scopes) == 0 {
		scopes = asked.GetClient().(*relyingParty).OwnScopes()
	}
	for _, scope := range scopes {
		asked.GrantScope(scope)
	}
	for _, audience := range asked.GetRequestedAudience() {
		asked.GrantAudience(audience)
	}
}

// Revoke implements [Provider].
func (p *provider) Revoke(r *http.Request) error {
	if err := p.fosite.NewRevocationRequest(r.Context(), r); err != nil {
		return translate(err)
	}
	if r.PostForm.Get("token") == "" {
		return Refuse("invalid_request", "the form has no token")
	}
	return nil
}

// Introspect implements [Provider].
func (p *provider) Introspect(ctx context.Context, token, hint string) (Introspection, bool) {
	use, found, err := p.fosite.IntrospectToken(ctx, token, fosite.TokenUse(hint), new(session))
	if err != nil {
		return Introspection{}, false
	}
	grant, err := grantOf(found)
	return Introspection{Grant: grant, IsAccessToken: use == fosite.AccessToken}, err == nil
}
