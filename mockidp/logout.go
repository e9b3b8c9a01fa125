package mockidp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/internal/page"
)

// serveLogout is the end_session_endpoint. It revokes all tokens of the login
// that the id_token_hint is from, signs out the browser, and redirects to a
// registered URI. OpenID Connect RP-Initiated Logout 1.0, 2 and 3.
func (e *Environment) serveLogout(w http.ResponseWriter, r *http.Request) {
	sid := ""
	clientID := r.Form.Get("client_id")
	if hint := r.Form.Get("id_token_hint"); hint != "" {
		claims, err := e.ownClaims(hint)
		if err != nil {
			e.failPage(w, r, refuse("invalid_request", "the id_token_hint is of no use: "+err.Error()))
			return
		}
		party, _ := claims["azp"].(string)
		if clientID != "" && clientID != party {
			e.failPage(w, r, refuse("invalid_request", "client_id and id_token_hint name different clients"))
			return
		}
		clientID = party
		sid, _ = claims["sid"].(string)
		e.store().endSession(sid)
	}
	e.forgetBrowser(w, r, sid)
	asked := r.Form.Get("post_logout_redirect_uri")
	if asked == "" {
		e.pages.Render(w, http.StatusOK, &page.Message{Frame: e.frame("You are signed out")})
		return
	}
	to, err := e.postLogoutURI(r.Context(), clientID, asked)
	if err != nil {
		e.failPage(w, r, err)
		return
	}
	parameters := url.Values{}
	if state := r.Form.Get("state"); state != "" {
		parameters.Set("state", state)
	}
	redirect(w, to, parameters)
}

// postLogoutURI returns the URI if it is registered for the client.
func (e *Environment) postLogoutURI(ctx context.Context, clientID, asked string) (*url.URL, error) {
	client, ok := e.store().clients[clientID]
	if !ok {
		return nil, refuse("invalid_request", "a redirect needs an id_token_hint or a client_id")
	}
	// fosite compares redirect URIs, and only has to be shown the other list.
	uris := covered(asking(ctx, asked), client.PostLogoutRedirectURIs)
	registered := &relyingParty{Client: Client{RedirectURIs: uris}}
	to, err := fosite.MatchRedirectURIWithClientRedirectURIs(asked, registered)
	if err != nil {
		return nil, refuse("invalid_request", "post_logout_redirect_uri is not registered for this client: "+asked)
	}
	return to, nil
}
