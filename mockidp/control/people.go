package control

import (
	"net/http"
	"slices"

	"github.com/assay-id/assay/mockidp"
)

func party(c mockidp.Client) Party {
	return Party{
		ID: c.ID, Name: c.Name, Secret: c.Secret,
		RedirectURIs: list(c.RedirectURIs), PostLogoutRedirectURIs: list(c.PostLogoutRedirectURIs),
		AnyLocal: c.AnyLocal, ExactPorts: c.ExactPorts, InitiateLoginURI: c.InitiateLoginURI,
		Scopes: c.Scopes, GrantTypes: c.GrantTypes, Audiences: c.Audiences,
	}
}

func (p Party) client() mockidp.Client {
	return mockidp.Client{
		ID: p.ID, Name: p.Name, Secret: p.Secret,
		RedirectURIs: p.RedirectURIs, PostLogoutRedirectURIs: p.PostLogoutRedirectURIs,
		AnyLocal: p.AnyLocal, ExactPorts: p.ExactPorts, InitiateLoginURI: p.InitiateLoginURI,
		Scopes: p.Scopes, GrantTypes: p.GrantTypes, Audiences: p.Audiences,
	}
}

// patchClient registers a client, or changes those members of a registered one
// that the body has.
func patchClient(r *http.Request, e *mockidp.Environment) (any, error) {
	id := r.PathValue("id")
	p := party(registered(e, id))
	if err := read(r, &p); err != nil {
		return nil, err
	}
	if p.ID != id {
		return nil, refuse(http.StatusUnprocessableEntity, "the id is %q in the path and %q in the body", id, p.ID)
	}
	if err := e.PutClient(p.client()); err != nil {
		return nil, invalid(err)
	}
	return party(registered(e, id)), nil
}

// registered returns the client with the ID, or one that has nothing else.
func registered(e *mockidp.Environment, id string) mockidp.Client {
	for _, c := range e.Clients() {
		if c.ID == id {
			return c
		}
	}
	return mockidp.Client{ID: id}
}

func removeClient(r *http.Request, e *mockidp.Environment) (any, error) {
	return nil, conflict(e.RemoveClient(r.PathValue("id")))
}

func attempts(_ *http.Request, e *mockidp.Environment) (any, error) {
	out := struct {
		Attempts []Attempt `json:"attempts"`
	}{[]Attempt{}}
	for _, a := range e.Attempts() {
		out.Attempts = append(out.Attempts, Attempt{
			Number: a.Number, At: a.Time, Status: string(a.Status), ClientID: a.ClientID, User: a.User,
			OrganizationID: a.OrganizationID, ConnectionID: a.ConnectionID, SessionID: a.SessionID, Reason: a.Reason,
		})
	}
	return out, nil
}

// conflict is the answer to a removal that is not possible.
func conflict(err error) error {
	if err == nil {
		return nil
	}
	return &refusal{http.StatusConflict, err}
}

func users(_ *http.Request, e *mockidp.Environment) (any, error) {
	out := struct {
		Users []User `json:"users"`
	}{[]User{}}
	for _, u := range e.Users() {
		out.Users = append(out.Users, user(u))
	}
	return out, nil
}

// user describes a user without their password and TOTP secret.
func user(u mockidp.User) User {
	out := User{
		ID: u.ID, Email: u.Email, Name: u.Name, Active: !u.Inactive, HasPassword: u.Password != "", HasTOTP: u.TOTPSecret != "",
		Organizations: []Membership{},
	}
	for _, m := range u.Memberships {
		out.Organizations = append(out.Organizations, Membership{
			OrganizationID: m.OrganizationID, Roles: list(m.Roles), Permissions: m.Permissions,
		})
	}
	return out
}

// patchUser adds a user, or changes those members of one that the body has.
func patchUser(r *http.Request, e *mockidp.Environment) (any, error) {
	id := r.PathValue("id")
	u := mockidp.User{ID: id, EmailVerified: true}
	all := e.Users()
	if i := slices.IndexFunc(all, func(u mockidp.User) bool { return u.ID == id }); i >= 0 {
		u = all[i]
	}
	asked := user(u)
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	if asked.ID != id {
		return nil, refuse(http.StatusUnprocessableEntity, "the id is %q in the path and %q in the body", id, asked.ID)
	}
	u.Email, u.Name, u.Inactive = asked.Email, asked.Name, !asked.Active
	switch {
	case asked.Password != "":
		u.Password = asked.Password
	case !asked.HasPassword:
		u.Password = ""
	}
	switch {
	case asked.TOTPSecret != "":
		u.TOTPSecret = asked.TOTPSecret
	case !asked.HasTOTP:
		u.TOTPSecret = ""
	}
	u.Memberships = nil
	for _, m := range asked.Organizations {
		u.Memberships = append(u.Memberships, mockidp.Membership{
			OrganizationID: m.OrganizationID, Roles: m.Roles, Permissions: m.Permissions,
		})
	}
	if err := e.PutUser(u); err != nil {
		return nil, invalid(err)
	}
	return user(u), nil
}

func removeUser(r *http.Request, e *mockidp.Environment) (any, error) {
	return nil, conflict(e.RemoveUser(r.PathValue("id")))
}
