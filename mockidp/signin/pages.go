package signin

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/page"
)

// pendingParameter is the ID of the pending login in forms and links.
const pendingParameter = "t"

// begin starts a login and returns the page that it starts at.
func (v *Service) begin(form url.Values) (string, error) {
	chosen, err := v.selected(form)
	if err != nil {
		return "", err
	}
	p := v.newPending(form, chosen)
	p.email = form.Get("login_hint")
	v.logins.save(p)
	switch c := chosen.connection; {
	case strings.Contains(form.Get("prompt"), "create"):
		return v.pageOf(createPath, p), nil
	case c != nil &&
		(c.Type == directory.ConnectionSocial || c.Type == directory.ConnectionEnterprise):
		return v.pageOf(providerPath, p), nil
	}
	return v.pageOf(loginPath, p), nil
}

// beginChoice returns the page on which somebody who is signed in chooses
// another organization.
func (v *Service) beginChoice(current *directory.Session, form url.Values) string {
	p := v.newPending(form, selection{})
	p.user, p.current = current.User, current
	v.logins.save(p)
	return v.pageOf(organizationPath, p)
}

func (v *Service) newPending(form url.Values, chosen selection) pendingLogin {
	client := v.People.Client(form.Get("client_id"))
	return pendingLogin{
		id:        v.IDs.Opaque("pending"),
		form:      form,
		client:    cmp.Or(client.Name, client.ID),
		selection: chosen,
	}
}

// frame returns what every page has.
func (v *views) frame(heading string, problems ...page.Problem) page.Frame {
	return page.Frame{Heading: heading, Environment: v.Issuer, Base: v.Base, Problems: problems}
}

// loginFrame returns what every page of a login has.
func (v *views) loginFrame(p pendingLogin, heading string, problems ...page.Problem) page.Login {
	return page.Login{Frame: v.frame(heading, problems...), ID: p.id, Client: p.client}
}

// render answers with a page: 422 if there is something to be corrected.
func (v *views) render(w http.ResponseWriter, problems []page.Problem, view page.View) {
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	v.Pages.Render(w, status, view)
}

// withPending passes the pending login of the request to serve, or says that
// there is none.
func (v *Service) withPending(
	serve func(http.ResponseWriter, *http.Request, pendingLogin),
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, ok := v.logins.get(r.Form.Get(pendingParameter))
		if !ok {
			v.loginEnded(w)
			return
		}
		serve(w, r, p)
	}
}

// loginEnded answers if a login is finished, too old or unknown.
func (v *views) loginEnded(w http.ResponseWriter) {
	v.Pages.Render(w, http.StatusGone, &page.Message{
		Frame: v.frame("This login has ended"),
		Texts: []string{
			"It was finished, or it took too long. Go back to the application and sign in again.",
		},
	})
}

// ShowMessage answers with a page without questions.
func (v *views) ShowMessage(w http.ResponseWriter, status int, title string, texts ...string) {
	v.Pages.Render(w, status, &page.Message{Frame: v.frame(title), Texts: texts})
}

// failPage answers with an error, to a browser as a page.
func (v *views) failPage(w http.ResponseWriter, r *http.Request, err error) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		v.Errors.Fail(w, r, err)
		return
	}
	e := v.Errors.Report(r, err)
	v.Pages.Render(w, e.Status, &page.Message{
		Frame: v.frame("The application has made an invalid request"),
		Texts: []string{sentence(e.Description) + "."},
		Code:  e.Code,
	})
}

// serveLogin asks users who they are.
func (v *Service) serveLogin(w http.ResponseWriter, r *http.Request) {
	if r.Form.Get(pendingParameter) == "" {
		v.serveBookmark(w, r)
		return
	}
	v.withPending(v.identify)(w, r)
}

// identify accepts an e-mail address or a social connection.
func (v *Service) identify(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if r.Method != http.MethodPost {
		v.showIdentify(w, p, p.email)
		return
	}
	if id := r.PostForm.Get("connection"); id != "" {
		c := v.People.Connection(func(c *directory.Connection) bool {
			return c.ID == id && c.Type == directory.ConnectionSocial && !c.Inactive
		})
		if c == nil {
			v.showIdentify(w, p, p.email, page.Problem{Text: "This provider is not available"})
			return
		}
		v.toProvider(w, p, c)
		return
	}
	email := strings.TrimSpace(r.PostForm.Get("email"))
	if problem := emailProblem(email); problem != "" {
		v.showIdentify(w, p, email, page.Problem{Field: "email", Text: problem})
		return
	}
	p.email = email
	if c := v.People.OfDomain(directory.DomainOf(email)); c != nil && !c.Inactive {
		v.toProvider(w, p, c)
		return
	}
	if v.People.User(email) == nil {
		v.showIdentify(w, p, email, page.Problem{
			Field: "email", Text: "There is no account for this email address",
		})
		return
	}
	v.logins.save(p)
	answer.SeeOther(w, v.pageOf(passwordPath, p))
}

func emailProblem(email string) string {
	if email == "" {
		return "Enter your email address"
	}
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(email, " \t\r\n<>") ||
		strings.Contains(domain, "@") {
		return "Enter an email address like name@example.com"
	}
	return ""
}

func (v *views) showIdentify(
	w http.ResponseWriter, p pendingLogin, email string, problems ...page.Problem,
) {
	view := &page.Identify{Login: v.loginFrame(p, "Sign in", problems...), Email: email}
	for _, c := range v.People.OfType(directory.ConnectionSocial) {
		view.Social = append(view.Social, page.Choice{Value: c.ID, Label: c.Title()})
	}
	for _, u := range v.People.Users() {
		account := page.Account{Email: u.Email, Password: u.Password}
		switch {
		case u.Inactive:
			account.Detail = "Not active"
		case v.People.OfDomain(directory.DomainOf(u.Email)) != nil:
			account.Detail = "Single sign-on"
		}
		if u.Email != "" && len(view.Accounts) < maxAccounts {
			view.Accounts = append(view.Accounts, account)
		}
	}
	v.render(w, problems, view)
}

// maxAccounts bounds the accounts that are shown on a page.
const maxAccounts = 20

func (v *views) showMethod(w http.ResponseWriter, p pendingLogin, problems ...page.Problem) {
	v.render(w, problems, &page.Method{
		Login:    v.loginFrame(p, "Sign in", problems...),
		Email:    p.email,
		Password: len(v.People.OfType(directory.ConnectionPassword)) > 0,
		Mail:     len(v.People.OfType(directory.ConnectionPasswordless)) > 0,
	})
}

// servePassword accepts a password, or offers other ways to sign in.
func (v *Service) servePassword(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	connections := v.People.OfType(directory.ConnectionPassword)
	user := v.People.User(p.email)
	if user == nil {
		answer.SeeOther(w, v.pageOf(loginPath, p))
		return
	}
	password := r.PostForm.Get("password")
	switch {
	case r.Method != http.MethodPost || len(connections) == 0:
		v.showMethod(w, p)
		return
	case password == "":
		v.showMethod(w, p, page.Problem{Field: "password", Text: "Enter your password"})
		return
	case user.Password == "":
		v.showMethod(w, p, page.Problem{Field: "password", Text: "This account has no password"})
		return
	case !oauth.Same(user.Password, password):
		v.noteWrong(p, Failure, "the password is wrong")
		v.showMethod(w, p, page.Problem{Field: "password", Text: "The password is wrong"})
		return
	}
	v.proven(w, r, p, user, connections[0])
}

// proven continues when somebody has proved who they are.
func (v *Service) proven(
	w http.ResponseWriter, r *http.Request, p pendingLogin, u *directory.User,
	c *directory.Connection,
) {
	p.user, p.second = u, secondStep{}
	p.selection.connection = c
	if c.OrganizationID != "" {
		p.selection.organization = v.People.Organization(c.OrganizationID)
	}
	if p.selection.organization == nil && len(u.Memberships) > 1 && !u.Inactive {
		v.logins.save(p)
		answer.SeeOther(w, v.pageOf(organizationPath, p))
		return
	}
	if p.selection.organization == nil && len(u.Memberships) == 1 {
		p.selection.organization = v.People.Organization(u.Memberships[0].OrganizationID)
	}
	v.conclude(w, r, p)
}

// conclude answers the authorization request, and does so only once.
func (v *Service) conclude(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if v.askSecond(w, r, p) {
		return
	}
	if !v.logins.take(p.id) {
		v.loginEnded(w)
		return
	}
	if p.current != nil {
		login := forRequest(p.current, p.form)
		login.Join(p.selection.organization)
		if p.second.confirmed != nil {
			login.Confirmed = p.second.confirmed
		}
		v.finish(w, r, p.form, login)
		return
	}
	login, err := v.enter(p.user, p.selection, p.form)
	if err != nil {
		v.redirectError(w, r, p.form, err)
		return
	}
	login.Confirmed = p.second.confirmed
	v.finish(w, r, p.form, login)
}

// serveOrganization asks which organization to enter.
func (v *Service) serveOrganization(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if p.user == nil {
		answer.SeeOther(w, v.pageOf(loginPath, p))
		return
	}
	var problems []page.Problem
	if r.Method == http.MethodPost {
		id := r.PostForm.Get("organization")
		if p.user.Membership(id) != nil {
			p.selection.organization = v.People.Organization(id)
			v.conclude(w, r, p)
			return
		}
		problems = append(problems, page.Problem{Text: "Choose an organization"})
	}
	view := &page.Organization{Login: v.loginFrame(p, "Choose an organization", problems...)}
	for i, m := range p.user.Memberships {
		o := v.People.Organization(m.OrganizationID)
		view.Organizations = append(view.Organizations, page.Choice{
			Value: o.ID, Label: cmp.Or(o.Name, o.ID), Detail: strings.Join(m.Roles,
				", "), Checked: i == 0,
		})
	}
	v.render(w, problems, view)
}
