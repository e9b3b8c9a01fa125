package mockidp

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/page"
)

// toProvider goes on at the page that stands for another provider.
func (e *Environment) toProvider(w http.ResponseWriter, p pendingLogin, c *Connection) {
	p.selection.connection = c
	if c.OrganizationID != "" {
		p.selection.organization = e.people.organization(c.OrganizationID)
	}
	e.logins.save(p)
	seeOther(w, e.pageOf(providerPath, p))
}

// serveProvider stands for the page of another provider, who knows the users
// that may come through its connection.
func (e *Environment) serveProvider(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	c := p.selection.connection
	if c == nil {
		seeOther(w, e.pageOf(loginPath, p))
		return
	}
	var problems []page.Problem
	if r.Method == http.MethodPost {
		if r.PostForm.Get("cancel") != "" {
			e.cancel(w, r, p)
			return
		}
		user := e.people.user(r.PostForm.Get("user"))
		if user != nil && r.PostForm.Get("connection") == c.ID && e.admits(user, p.selection) == nil {
			e.proven(w, r, p, user, c)
			return
		}
		problems = append(problems, page.Problem{Text: "Choose an account"})
	}
	view := &page.Provider{
		Login:      e.loginFrame(p, "Sign in with "+c.title(), problems...),
		Title:      c.title(),
		Connection: c.ID,
	}
	for _, u := range e.people.allUsers() {
		if e.admits(u, p.selection) != nil || len(view.Users) == maxAccounts {
			continue
		}
		choice := page.Choice{Value: u.ID, Label: cmp.Or(u.Name, u.Email, u.ID), Detail: u.Email}
		if u.Inactive {
			choice.Detail = strings.TrimSpace(choice.Detail + " (not active)")
		}
		choice.Checked = p.email != "" && strings.EqualFold(u.Email, p.email)
		view.Users = append(view.Users, choice)
	}
	e.render(w, problems, view)
}

// cancel ends a login that the user does not want.
func (e *Environment) cancel(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if !e.logins.take(p.id) {
		e.loginEnded(w)
		return
	}
	e.redirectError(w, r, p.form, refuse("access_denied", "the user has cancelled the login"))
}
