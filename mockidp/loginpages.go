package mockidp

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/page"
)

// The pages of a login below the issuer. What each of them takes is in the
// form that leads to it.
const (
	loginPath        = "/login"
	passwordPath     = "/login/password"
	mailPath         = "/login/mail"
	codePath         = "/login/code"
	linkPath         = "/login/link"
	providerPath     = "/login/provider"
	organizationPath = "/login/organization"
	createPath       = "/login/create"
	outboxPath       = "/outbox"
	portalPath       = "/idp"
)

// pendingParameter is the ID of the pending login in forms and links.
const pendingParameter = "t"

// begin starts a login and returns the page that it starts at.
func (e *Environment) begin(form url.Values) (string, error) {
	s, err := e.selected(form)
	if err != nil {
		return "", err
	}
	p := e.newPending(form, s)
	p.email = form.Get("login_hint")
	e.logins.save(p)
	switch {
	case strings.Contains(form.Get("prompt"), "create"):
		return e.pageOf(createPath, p), nil
	case s.connection != nil && (s.connection.Type == ConnectionSocial || s.connection.Type == ConnectionEnterprise):
		return e.pageOf(providerPath, p), nil
	}
	return e.pageOf(loginPath, p), nil
}

// beginChoice starts where somebody who is signed in chooses another
// organization.
func (e *Environment) beginChoice(s *session, form url.Values) (string, error) {
	p := e.newPending(form, selection{})
	p.user, p.current = s.user, s
	e.logins.save(p)
	return e.pageOf(organizationPath, p), nil
}

func (e *Environment) newPending(form url.Values, s selection) pendingLogin {
	client := e.store().clients[form.Get("client_id")]
	return pendingLogin{
		id:        e.ids.opaque("pending"),
		form:      form,
		client:    cmp.Or(client.Name, client.ID),
		selection: s,
	}
}

// pageOf returns the address of a page for a pending login. It has no origin:
// the browser may have come through another listener than the issuer's.
func (e *Environment) pageOf(path string, p pendingLogin) string {
	return e.base() + path + "?" + url.Values{pendingParameter: {p.id}}.Encode()
}

// frame returns what every page has.
func (e *Environment) frame(heading string, problems ...page.Problem) page.Frame {
	return page.Frame{Heading: heading, Environment: e.issuer, Base: e.base(), Problems: problems}
}

// loginFrame returns what every page of a login has.
func (e *Environment) loginFrame(p pendingLogin, heading string, problems ...page.Problem) page.Login {
	return page.Login{Frame: e.frame(heading, problems...), ID: p.id, Client: p.client}
}

// render answers with a page: 422 if there is something to be corrected.
func (e *Environment) render(w http.ResponseWriter, problems []page.Problem, v page.View) {
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	e.pages.Render(w, status, v)
}

// withPending passes the pending login of the request on to serve, or says
// that there is none.
func (e *Environment) withPending(serve func(http.ResponseWriter, *http.Request, pendingLogin)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, ok := e.logins.get(r.Form.Get(pendingParameter))
		if !ok {
			e.loginEnded(w)
			return
		}
		serve(w, r, p)
	}
}

// loginEnded answers for a login that is finished, too old or unknown.
func (e *Environment) loginEnded(w http.ResponseWriter) {
	e.pages.Render(w, http.StatusGone, &page.Message{
		Frame: e.frame("This login has ended"),
		Texts: []string{"It was finished, or it took too long. Go back to the application and sign in again."},
	})
}

// failPage answers with an error, to a browser as a page.
func (e *Environment) failPage(w http.ResponseWriter, r *http.Request, err error) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		e.fail(w, r, err)
		return
	}
	o := e.judge(r, err)
	e.pages.Render(w, o.status, &page.Message{
		Frame: e.frame("The application has asked for something impossible"),
		Texts: []string{sentence(o.description) + "."},
		Code:  o.code,
	})
}

// serveLogin asks who somebody is.
func (e *Environment) serveLogin(w http.ResponseWriter, r *http.Request) {
	if r.Form.Get(pendingParameter) == "" {
		e.serveBookmark(w, r)
		return
	}
	e.withPending(e.identify)(w, r)
}

// identify takes an e-mail address or a social connection.
func (e *Environment) identify(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if r.Method != http.MethodPost {
		e.showIdentify(w, p, p.email)
		return
	}
	if id := r.PostForm.Get("connection"); id != "" {
		c := e.people.connection(func(c *Connection) bool { return c.ID == id && c.Type == ConnectionSocial && !c.Inactive })
		if c == nil {
			e.showIdentify(w, p, p.email, page.Problem{Text: "This provider is not available"})
			return
		}
		e.toProvider(w, p, c)
		return
	}
	email := strings.TrimSpace(r.PostForm.Get("email"))
	if problem := emailProblem(email); problem != "" {
		e.showIdentify(w, p, email, page.Problem{Field: "email", Text: problem})
		return
	}
	p.email = email
	if c := e.people.ofDomain(domainOf(email)); c != nil && !c.Inactive {
		e.toProvider(w, p, c)
		return
	}
	if e.people.user(email) == nil {
		e.showIdentify(w, p, email, page.Problem{Field: "email", Text: "There is no account for this email address"})
		return
	}
	e.logins.save(p)
	seeOther(w, e.pageOf(passwordPath, p))
}

func emailProblem(email string) string {
	if email == "" {
		return "Enter your email address"
	}
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(email, " \t\r\n<>") || strings.Contains(domain, "@") {
		return "Enter an email address like name@example.com"
	}
	return ""
}

func (e *Environment) showIdentify(w http.ResponseWriter, p pendingLogin, email string, problems ...page.Problem) {
	view := &page.Identify{Login: e.loginFrame(p, "Sign in", problems...), Email: email}
	for _, c := range e.people.ofType(ConnectionSocial) {
		view.Social = append(view.Social, page.Choice{Value: c.ID, Label: c.title()})
	}
	for _, u := range e.people.allUsers() {
		account := page.Account{Email: u.Email, Password: u.Password}
		switch {
		case u.Inactive:
			account.Detail = "Not active"
		case e.people.ofDomain(domainOf(u.Email)) != nil:
			account.Detail = "Single sign-on"
		}
		if u.Email != "" && len(view.Accounts) < maxAccounts {
			view.Accounts = append(view.Accounts, account)
		}
	}
	e.render(w, problems, view)
}

// maxAccounts bounds the accounts that are shown on a page.
const maxAccounts = 20

func (e *Environment) showMethod(w http.ResponseWriter, p pendingLogin, problems ...page.Problem) {
	e.render(w, problems, &page.Method{
		Login:    e.loginFrame(p, "Sign in", problems...),
		Email:    p.email,
		Password: len(e.people.ofType(ConnectionPassword)) > 0,
		Mail:     len(e.people.ofType(ConnectionPasswordless)) > 0,
	})
}

// servePassword takes a password, or offers other ways.
func (e *Environment) servePassword(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	connections := e.people.ofType(ConnectionPassword)
	user := e.people.user(p.email)
	if user == nil {
		seeOther(w, e.pageOf(loginPath, p))
		return
	}
	password := r.PostForm.Get("password")
	switch {
	case r.Method != http.MethodPost || len(connections) == 0:
		e.showMethod(w, p)
		return
	case password == "":
		e.showMethod(w, p, page.Problem{Field: "password", Text: "Enter your password"})
		return
	case user.Password == "":
		e.showMethod(w, p, page.Problem{Field: "password", Text: "This account has no password"})
		return
	case !same(user.Password, password):
		e.showMethod(w, p, page.Problem{Field: "password", Text: "The password is wrong"})
		return
	}
	e.proven(w, r, p, user, connections[0])
}

// proven goes on when somebody has proved who they are.
func (e *Environment) proven(w http.ResponseWriter, r *http.Request, p pendingLogin, u *User, c *Connection) {
	p.user = u
	p.selection.connection = c
	if c.OrganizationID != "" {
		p.selection.organization = e.people.organization(c.OrganizationID)
	}
	if p.selection.organization == nil && len(u.Memberships) > 1 && !u.Inactive {
		e.logins.save(p)
		seeOther(w, e.pageOf(organizationPath, p))
		return
	}
	if p.selection.organization == nil && len(u.Memberships) == 1 {
		p.selection.organization = e.people.organization(u.Memberships[0].OrganizationID)
	}
	e.conclude(w, r, p)
}

// conclude answers the authorization request, once.
func (e *Environment) conclude(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if !e.logins.take(p.id) {
		e.loginEnded(w)
		return
	}
	if p.current != nil {
		login := p.current.forRequest(p.form)
		login.join(p.selection.organization)
		e.finish(w, r, p.form, login)
		return
	}
	login, err := e.enter(p.user, p.selection, p.form)
	if err != nil {
		e.redirectError(w, r, p.form, err)
		return
	}
	e.finish(w, r, p.form, login)
}

// serveOrganization asks which organization to enter.
func (e *Environment) serveOrganization(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if p.user == nil {
		seeOther(w, e.pageOf(loginPath, p))
		return
	}
	var problems []page.Problem
	if r.Method == http.MethodPost {
		id := r.PostForm.Get("organization")
		if p.user.membership(id) != nil {
			p.selection.organization = e.people.organization(id)
			e.conclude(w, r, p)
			return
		}
		problems = append(problems, page.Problem{Text: "Choose an organization"})
	}
	view := &page.Organization{Login: e.loginFrame(p, "Choose an organization", problems...)}
	for i, m := range p.user.Memberships {
		o := e.people.organization(m.OrganizationID)
		view.Organizations = append(view.Organizations, page.Choice{
			Value: o.ID, Label: cmp.Or(o.Name, o.ID), Detail: strings.Join(m.Roles, ", "), Checked: i == 0,
		})
	}
	e.render(w, problems, view)
}
