package mockidp

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/fault"
)

// serveToken is the token endpoint. RFC 6749, 3.2.
func (e *Environment) serveToken(w http.ResponseWriter, r *http.Request) {
	i := &issue{
		request:   e.faultRequest(r, tokenPath, fault.Token),
		grantType: r.PostForm.Get("grant_type"),
		key:       e.ring.Signing(),
		now:       e.cfg.Now(),
	}
	ctx := withIssue(r.Context(), i)
	request, response, err := e.exchange(ctx, r, i)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	response.SetTokenType("Bearer") // Scalekit's spelling; RFC 6749, 5.1 allows any
	e.provider().WriteAccessResponse(ctx, w, request, response)
}

// exchange turns a grant into tokens.
func (e *Environment) exchange(ctx context.Context, r *http.Request, i *issue) (fosite.AccessRequester, fosite.AccessResponder, error) {
	if name := repeated(r.PostForm); name != "" {
		return nil, nil, refuse("invalid_request", name+" occurs more than once")
	}
	needs := ""
	switch i.grantType {
	case grantCode:
		needs = "code"
	case grantRefresh:
		needs = "refresh_token"
	case grantClient:
	case "":
		return nil, nil, refuse("invalid_request", "the form has no grant_type")
	default:
		return nil, nil, refuse("unsupported_grant_type", "grant_type is "+i.grantType)
	}
	if needs != "" && r.PostForm.Get(needs) == "" {
		return nil, nil, refuse("invalid_request", "the form has no "+needs)
	}
	if i.grantType == grantCode {
		i.code = r.PostForm.Get("code")
	}
	provider := e.provider()
	own := new(session)
	request, err := provider.NewAccessRequest(ctx, r, own)
	if err != nil {
		return nil, nil, err
	}
	switch i.grantType {
	case grantClient:
		own.subject = request.GetClient().GetID()
		grantToClient(request)
	case grantRefresh:
		for _, scope := range strings.Fields(r.PostForm.Get("scope")) {
			if !request.GetGrantedScopes().Has(scope) {
				return nil, nil, refuse("invalid_scope", "the login was not granted the scope "+scope)
			}
		}
	}
	response, err := provider.NewAccessResponse(ctx, request)
	return request, response, err
}

// grantToClient grants a client what it asks for, which fosite has checked,
// or everything it may have if it asks for no scope (RFC 6749, 3.3).
func grantToClient(request fosite.AccessRequester) {
	scopes := request.GetRequestedScopes()
	if len(scopes) == 0 {
		for _, scope := range request.GetClient().GetScopes() {
			if !slices.Contains(identityScopes[:], scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	for _, scope := range scopes {
		request.GrantScope(scope)
	}
	for _, audience := range request.GetRequestedAudience() {
		request.GrantAudience(audience)
	}
}
