package mockidp

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ory/fosite"
)

// serveAuthorize is the authorization endpoint. It signs a user in without
// asking and redirects. RFC 6749, 4.1.1; OIDC Core 1.0, 3.1.2.
func (e *Environment) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	redirectURI, err := e.redirectURI(r)
	if err != nil {
		// Never redirect to where the client may not be: RFC 6749, 4.1.2.1.
		e.fail(w, r, err)
		return
	}
	state := r.Form.Get("state")
	parameters, err := e.authorize(r)
	if err != nil {
		o := e.judge(r, err)
		parameters = url.Values{
			"error":             {o.code},
			"error_description": {printable(o.description)},
		}
	}
	if parameters.Del("state"); state != "" {
		parameters.Set("state", state)
	}
	redirect(w, redirectURI, parameters)
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

// redirectURI returns the registered redirect URI of the request. Its errors
// have the codes of Scalekit.
func (e *Environment) redirectURI(r *http.Request) (*url.URL, error) {
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(r.Form[name]) > 1 {
			return nil, refuse("invalid_request", name+" occurs more than once")
		}
	}
	client, err := e.store().GetClient(r.Context(), r.Form.Get("client_id"))
	if err != nil {
		return nil, refuse("invalid_client", "unable to retrieve client by id")
	}
	raw := r.Form.Get("redirect_uri")
	if raw == "" {
		return nil, refuse("invalid_redirect_uri", "the request has no redirect_uri")
	}
	uri, err := fosite.MatchRedirectURIWithClientRedirectURIs(raw, client)
	if err != nil {
		return nil, refuse("invalid_redirect_uri", "redirect_uri is not registered for this client: "+raw)
	}
	return uri, nil
}

// authorize returns the parameters of a successful answer.
func (e *Environment) authorize(r *http.Request) (url.Values, error) {
	if name := repeated(r.Form); name != "" {
		return nil, refuse("invalid_request", name+" occurs more than once")
	}
	if r.Form.Get("state") == "" {
		// fosite insists on a state, Scalekit and RFC 6749 do not. The caller
		// takes it out again.
		r.Form.Set("state", "none")
	}
	ctx, provider := r.Context(), e.provider()
	request, err := provider.NewAuthorizeRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	login, err := e.signIn(r.Form)
	if err != nil {
		return nil, err
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	for _, audience := range request.GetRequestedAudience() {
		request.GrantAudience(audience)
	}
	response, err := provider.NewAuthorizeResponse(ctx, request, login)
	if err != nil {
		return nil, err
	}
	return response.GetParameters(), nil
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

// signIn signs in the user that the request asks for, or says why it cannot.
func (e *Environment) signIn(form url.Values) (*session, error) {
	if slices.Contains(strings.Fields(form.Get("prompt")), "none") {
		// There are no sessions of browsers here, so nobody is signed in.
		return nil, refuse("login_required", "nobody is signed in and prompt is none")
	}
	user, err := e.userFor(form.Get("login_hint"))
	if err != nil {
		return nil, err
	}
	s := &session{
		subject:    user.ID,
		user:       user,
		connection: e.ids.of("conn_", "default"),
		sid:        e.ids.session(),
		nonce:      form.Get("nonce"),
		authTime:   e.cfg.Now(),
		maxAge:     form.Get("max_age") != "",
	}
	if s.membership, s.org, err = e.membershipFor(user, form.Get("organization_id")); err != nil {
		return nil, err
	}
	if s.org != nil {
		s.connection = s.org.ConnectionID
	}
	if asked := form.Get("connection_id"); asked != "" && asked != s.connection {
		return nil, refuse("invalid_connection_id", "connection_id is not a connection of this user: "+asked)
	}
	// fosite compares these two with each other, to the nanosecond.
	s.prompt.Subject = s.subject
	s.prompt.AuthTime = time.Now().UTC().Truncate(time.Second)
	s.prompt.RequestedAt = s.prompt.AuthTime
	return s, nil
}

// userFor returns the user with the ID or e-mail address hint, or the first
// one.
func (e *Environment) userFor(hint string) (*User, error) {
	if hint == "" {
		return &e.cfg.Users[0], nil
	}
	for i := range e.cfg.Users {
		if u := &e.cfg.Users[i]; u.ID == hint || u.Email == hint {
			return u, nil
		}
	}
	return nil, refuse("access_denied", "there is no user for the login_hint: "+hint)
}

// membershipFor returns the place of the user in the organization, or in the
// first one if none is asked for. A user may have none.
func (e *Environment) membershipFor(u *User, organizationID string) (*Membership, *Organization, error) {
	if organizationID == "" {
		if len(u.Memberships) == 0 {
			return nil, nil, nil
		}
		organizationID = u.Memberships[0].OrganizationID
	}
	org := slices.IndexFunc(e.cfg.Organizations, func(o Organization) bool { return o.ID == organizationID })
	if org < 0 {
		return nil, nil, refuse("invalid_organization_id", "there is no organization "+organizationID)
	}
	for i := range u.Memberships {
		if u.Memberships[i].OrganizationID == organizationID {
			return &u.Memberships[i], &e.cfg.Organizations[org], nil
		}
	}
	return nil, nil, refuse("access_denied", "the user is not a member of the organization "+organizationID)
}
