package signin

import (
	"net/http"
	"net/url"

	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/page"
)

// Logout is the end_session_endpoint. It revokes all tokens of the session that
// the id_token_hint belongs to, signs the browser out, and redirects to a
// registered URI. OpenID Connect RP-Initiated Logout 1.0, 2 and 3.
func (v *Service) Logout(w http.ResponseWriter, r *http.Request) {
	sid := ""
	clientID := r.Form.Get("client_id")
	if hint := r.Form.Get("id_token_hint"); hint != "" {
		claims, err := v.Provider().Hint(hint)
		if err != nil {
			v.failPage(w, r, err)
			return
		}
		party, _ := claims["azp"].(string)
		if clientID != "" && clientID != party {
			v.failPage(w, r,
				oauth.Refuse("invalid_request",
					"client_id and id_token_hint name different clients"))
			return
		}
		clientID = party
		sid, _ = claims["sid"].(string)
		v.Provider().EndSession(sid)
	}
	v.forgetBrowser(w, r, sid)
	asked := r.Form.Get("post_logout_redirect_uri")
	if asked == "" {
		v.Pages.Render(w, http.StatusOK, &page.Message{Frame: v.frame("You are signed out")})
		return
	}
	to, err := v.Provider().PostLogoutURI(clientID, asked)
	if err != nil {
		v.failPage(w, r, err)
		return
	}
	parameters := url.Values{}
	if state := r.Form.Get("state"); state != "" {
		parameters.Set("state", state)
	}
	answer.Redirect(w, to, parameters)
}
