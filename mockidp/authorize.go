package mockidp

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ory/fosite"
)

// loginParameter overrides, for one authorization request, whether the user
// is asked: "page" or "auto".
const loginParameter = "assay_login"

// serveAuthorize is the authorization endpoint. RFC 6749, 4.1.1; OIDC Core
// 1.0, 3.1.2.
func (e *Environment) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	if _, err := e.redirectURI(r.Context(), r.Form); err != nil {
		// Never redirect to where the client may not be: RFC 6749, 4.1.2.1.
		e.failPage(w, r, err)
		return
	}
	login, page, err := e.decide(r)
	switch {
	case err != nil:
		e.redirectError(w, r, r.Form, err)
	case page != "":
		seeOther(w, page)
	default:
		e.finish(w, r, r.Form, login)
	}
}

// decide says who is signed in by an authorization request, or which page the
// user has to see first.
func (e *Environment) decide(r *http.Request) (login *session, page string, err error) {
	form := r.Form
	if name := repeated(form); name != "" {
		return nil, "", refuse("invalid_request", name+" occurs more than once")
	}
	if _, _, err := e.authorizeRequest(r.Context(), r, form); err != nil {
		return nil, "", err
	}
	prompt := strings.Fields(form.Get("prompt"))
	current, _ := e.browserSession(r)
	if current != nil && !e.mayReuse(current, form) {
		current = nil
	}
	switch {
	case slices.Contains(prompt, "none"):
		if current == nil {
			return nil, "", refuse("login_required", "nobody is signed in and prompt is none")
		}
		return e.reuse(current, form)
	case !e.asks(form):
		login, err := e.signIn(form)
		return login, "", err
	case current == nil || slices.Contains(prompt, "login") || slices.Contains(prompt, "create"):
		page, err := e.begin(form)
		return nil, page, err
	case slices.Contains(prompt, "select_account") && form.Get("organization_id") == "" && len(current.user.Memberships) > 1:
		page, err := e.beginChoice(current, form)
		return nil, page, err
	}
	return e.reuse(current, form)
}

// asks reports whether users are asked to sign in.
func (e *Environment) asks(form url.Values) bool {
	switch form.Get(loginParameter) {
	case "page":
		return true
	case "auto":
		return false
	}
	return e.cfg.LoginPage
}

// mayReuse reports whether a request may be answered from a session that
// exists, if it is not asked otherwise.
func (e *Environment) mayReuse(s *session, form url.Values) bool {
	if hint := form.Get("login_hint"); hint != "" && e.people.user(hint) != s.user {
		return false
	}
	wants, err := e.selected(form)
	if err != nil || wants.connection == nil || form.Get("organization_id") != "" {
		return e.fresh(s, form) // Errors show when the selectors are read for good.
	}
	return e.fresh(s, form) && wants.connection.ID == s.connection
}

// reuse answers from a session that exists, in the organization that the
// request has chosen.
func (e *Environment) reuse(s *session, form url.Values) (*session, string, error) {
	wants, err := e.selected(form)
	if err != nil {
		return nil, "", err
	}
	if err := e.admits(s.user, selection{organization: wants.organization}); err != nil {
		return nil, "", err
	}
	again := s.forRequest(form)
	if wants.organization != nil {
		again.join(wants.organization)
	}
	return again, "", nil
}

// redirectURI returns the registered redirect URI of an authorization
// request. Its errors have the codes of Scalekit.
func (e *Environment) redirectURI(ctx context.Context, form url.Values) (*url.URL, error) {
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(form[name]) > 1 {
			return nil, refuse("invalid_request", name+" occurs more than once")
		}
	}
	raw := form.Get("redirect_uri")
	client, err := e.store().GetClient(asking(ctx, raw), form.Get("client_id"))
	if err != nil {
		return nil, refuse("invalid_client", "unable to retrieve client by id")
	}
	if raw == "" {
		return nil, refuse("invalid_redirect_uri", "the request has no redirect_uri")
	}
	uri, err := fosite.MatchRedirectURIWithClientRedirectURIs(raw, client)
	if err != nil {
		return nil, refuse("invalid_redirect_uri", "redirect_uri is not registered for this client: "+raw)
	}
	return uri, nil
}

// authorizeRequest has fosite check an authorization request. The form is not
// changed.
func (e *Environment) authorizeRequest(ctx context.Context, r *http.Request, form url.Values) (context.Context, fosite.AuthorizeRequester, error) {
	ctx = asking(ctx, form.Get("redirect_uri"))
	own := r.Clone(ctx)
	own.Form = maps.Clone(form)
	if own.Form.Get("state") == "" {
		// fosite insists on a state, Scalekit and RFC 6749 do not. finish
		// takes it out again.
		own.Form.Set("state", "none")
	}
	request, err := e.provider().NewAuthorizeRequest(ctx, own)
	return ctx, request, err
}

// finish answers an authorization request whose user has signed in, and
// remembers the browser.
func (e *Environment) finish(w http.ResponseWriter, r *http.Request, form url.Values, login *session) {
	parameters, err := e.authorize(r, form, login)
	if err != nil {
		e.redirectError(w, r, form, err)
		return
	}
	e.remember(w, login)
	e.redirectBack(w, r, form, parameters)
}

// authorize returns the parameters of a successful answer.
func (e *Environment) authorize(r *http.Request, form url.Values, login *session) (url.Values, error) {
	ctx, request, err := e.authorizeRequest(r.Context(), r, form)
	if err != nil {
		return nil, err
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	for _, audience := range request.GetRequestedAudience() {
		request.GrantAudience(audience)
	}
	response, err := e.provider().NewAuthorizeResponse(ctx, request, login)
	if err != nil {
		return nil, err
	}
	return response.GetParameters(), nil
}

// redirectError tells the client what went wrong.
func (e *Environment) redirectError(w http.ResponseWriter, r *http.Request, form url.Values, err error) {
	o := e.judge(r, err)
	e.redirectBack(w, r, form, url.Values{
		"error":             {o.code},
		"error_description": {printable(o.description)},
	})
}

// redirectBack sends the browser to the client, with the state of the
// request.
func (e *Environment) redirectBack(w http.ResponseWriter, r *http.Request, form, parameters url.Values) {
	to, err := e.redirectURI(r.Context(), form)
	if err != nil {
		e.failPage(w, r, err)
		return
	}
	parameters.Del("state")
	if state := form.Get("state"); state != "" {
		parameters.Set("state", state)
	}
	redirect(w, to, parameters)
}

// redirect adds parameters to the query that the URI may have already.
func redirect(w http.ResponseWriter, to *url.URL, parameters url.Values) {
	target := *to
	query := target.Query()
	for name := range parameters {
		query.Set(name, parameters.Get(name))
	}
	target.RawQuery = query.Encode()
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Location", target.String())
	w.WriteHeader(http.StatusFound)
}

// seeOther sends the browser to a page of the environment.
func seeOther(w http.ResponseWriter, page string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Location", page)
	w.WriteHeader(http.StatusSeeOther)
}

// repeated returns the name of a parameter that occurs more than once, which
// RFC 6749, 3.1 and 3.2 forbid, or nothing. Several audiences are allowed
// (RFC 8693, 2.1).
func repeated(form url.Values) string {
	var names []string
	for name, values := range form {
		if len(values) > 1 && name != "audience" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}

// seconds reads a parameter that is a number of seconds.
func seconds(text string) (time.Duration, bool) {
	n, err := strconv.ParseInt(text, 10, 32)
	return time.Duration(n) * time.Second, err == nil && n >= 0
}
