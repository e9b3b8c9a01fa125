package signin

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/page"
)

// toProvider continues at the page that plays another provider.
func (v *Service) toProvider(w http.ResponseWriter, p pendingLogin, c *directory.Connection) {
	p.selection.connection = c
	if c.OrganizationID != "" {
		p.selection.organization = v.People.Organization(c.OrganizationID)
	}
	v.logins.save(p)
	answer.SeeOther(w, v.pageOf(providerPath, p))
}

// serveProvider plays the page of another provider, which knows the users
// that may come through its connection.
func (v *Service) serveProvider(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	c := p.selection.connection
	if c == nil {
		answer.SeeOther(w, v.pageOf(loginPath, p))
		return
	}
	var problems []page.Problem
	if r.Method == http.MethodPost {
		if r.PostForm.Get("cancel") != "" {
			v.cancel(w, r, p)
			return
		}
		user := v.People.User(r.PostForm.Get("user"))
		if user != nil && r.PostForm.Get("connection") == c.ID &&
			v.admits(user, p.selection) == nil {
			v.proven(w, r, p, user, c)
			return
		}
		problems = append(problems, page.Problem{Text: "Choose an account"})
	}
	view := &page.Provider{
		Login:      v.loginFrame(p, "Sign in with "+c.Title(), problems...),
		Title:      c.Title(),
		Connection: c.ID,
	}
	for _, u := range v.People.Users() {
		if v.admits(u, p.selection) != nil || len(view.Users) == maxAccounts {
			continue
		}
		choice := page.Choice{Value: u.ID, Label: cmp.Or(u.Name, u.Email, u.ID), Detail: u.Email}
		if u.Inactive {
			choice.Detail = strings.TrimSpace(choice.Detail + " (not active)")
		}
		choice.Checked = p.email != "" && strings.EqualFold(u.Email, p.email)
		view.Users = append(view.Users, choice)
	}
	v.render(w, problems, view)
}

// cancel ends a login at the user's request.
func (v *Service) cancel(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if !v.logins.take(p.id) {
		v.loginEnded(w)
		return
	}
	v.redirectError(w, r, p.form, oauth.Refuse("access_denied", "the user has cancelled the login"))
}
