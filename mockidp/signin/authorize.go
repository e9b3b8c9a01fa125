package signin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
)

// loginParameter overrides, for one authorization request, whether the user
// is asked: "page" or "auto".
const loginParameter = "assay_login"

// Authorize is the authorization endpoint. RFC 6749, 4.1.1; OIDC Core 1.0,
// 3.1.2.
func (v *Service) Authorize(w http.ResponseWriter, r *http.Request) {
	if _, err := v.Provider().RedirectURI(r.Form); err != nil {
		// Never redirect to a URI that may not be the client's: RFC 6749,
		// 4.1.2.1.
		v.noteFailure(r.Form, err)
		v.failPage(w, r, err)
		return
	}
	v.attempts.add(asked(Initiated, r.Form))
	login, page, err := v.decide(r)
	switch {
	case err != nil:
		v.redirectError(w, r, r.Form, err)
	case page != "":
		answer.SeeOther(w, page)
	default:
		v.finish(w, r, r.Form, login)
	}
}

// decide returns whom an authorization request signs in, or the page that the
// user has to see first.
func (v *Service) decide(r *http.Request) (login *directory.Session, page string, err error) {
	form := r.Form
	if err := v.Provider().CheckAuthorization(r, form); err != nil {
		return nil, "", err
	}
	prompt := strings.Fields(form.Get("prompt"))
	current, _ := v.browserSession(r)
	if current != nil && !v.mayReuse(current, form) {
		current = nil
	}
	switch {
	case slices.Contains(prompt, "none"):
		if current == nil {
			return nil, "", oauth.Refuse("login_required", "nobody is signed in and prompt is none")
		}
		login, err := v.reuse(current, form)
		if err == nil && v.lacksSecond(login) {
			return nil, "", oauth.Refuse("interaction_required",
				"the organization requires a second factor, and prompt is none: "+login.Organization.ID)
		}
		return login, "", err
	case !v.asks(form):
		login, err := v.SignIn(form)
		return login, "", err
	case current == nil || slices.Contains(prompt, "login") || slices.Contains(prompt, "create"):
		page, err := v.begin(form)
		return nil, page, err
	case slices.Contains(prompt, "select_account") && form.Get("organization_id") == "" &&
		len(current.User.Memberships) > 1:
		return nil, v.beginChoice(current, form), nil
	}
	login, err = v.reuse(current, form)
	if err == nil && v.lacksSecond(login) {
		page, err := v.beginSecond(current, login.Organization, form)
		return nil, page, err
	}
	return login, "", err
}

// asks reports whether users are asked to sign in.
func (v *chooser) asks(form url.Values) bool {
	switch form.Get(loginParameter) {
	case "page":
		return true
	case "auto":
		return false
	}
	return v.LoginPage
}

// mayReuse reports whether a request may be answered from an existing session,
// if it does not ask for anything else.
func (v *chooser) mayReuse(s *directory.Session, form url.Values) bool {
	if hint := form.Get("login_hint"); hint != "" && v.People.User(hint) != s.User {
		return false
	}
	wants, err := v.selected(form)
	if err != nil || wants.connection == nil || form.Get("organization_id") != "" {
		return v.fresh(s, form) // Errors show up when the selectors are read for good.
	}
	return v.fresh(s, form) && wants.connection.ID == s.ConnectionID
}

// reuse answers from an existing session, in the organization that the request
// has chosen.
func (v *chooser) reuse(s *directory.Session, form url.Values) (*directory.Session, error) {
	wants, err := v.selected(form)
	if err != nil {
		return nil, err
	}
	if err := v.admits(s.User, selection{organization: wants.organization}); err != nil {
		return nil, err
	}
	again := forRequest(s, form)
	if wants.organization != nil {
		again.Join(wants.organization)
	}
	return again, nil
}

// finish answers an authorization request whose user has signed in, and
// remembers the browser.
func (v *Service) finish(
	w http.ResponseWriter, r *http.Request, form url.Values, login *directory.Session,
) {
	parameters, err := v.Provider().Authorize(r, form, login)
	if err != nil {
		v.redirectError(w, r, form, err)
		return
	}
	v.noteSuccess(form, login)
	v.remember(w, login)
	v.redirectBack(w, r, form, parameters)
}

// redirectError tells the client what went wrong.
func (v *Service) redirectError(
	w http.ResponseWriter, r *http.Request, form url.Values, err error,
) {
	e := v.Errors.Report(r, err)
	v.noteFailure(form, e)
	v.redirectBack(w, r, form, url.Values{
		"error":             {e.Code},
		"error_description": {answer.Printable(e.Description)},
	})
}

// redirectBack sends the browser to the client, with the state of the
// request.
func (v *Service) redirectBack(
	w http.ResponseWriter, r *http.Request, form, parameters url.Values,
) {
	to, err := v.Provider().RedirectURI(form)
	if err != nil {
		v.failPage(w, r, err)
		return
	}
	if state := form.Get("state"); state != "" {
		parameters.Set("state", state)
	}
	answer.Redirect(w, to, parameters)
}

// fresh reports whether the session is recent enough for max_age. OIDC Core
// 1.0, 3.1.2.1.
func (v *chooser) fresh(s *directory.Session, form url.Values) bool {
	seconds, err := strconv.ParseInt(form.Get("max_age"), 10, 32)
	if err != nil || seconds < 0 {
		return true
	}
	return v.Now().Sub(s.AuthTime) <= time.Duration(seconds)*time.Second
}
