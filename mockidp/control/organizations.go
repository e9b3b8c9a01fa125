package control

import (
	"net/http"
	"slices"

	"github.com/assay-id/assay/mockidp"
)

func organization(o mockidp.Organization) Organization {
	return Organization{
		ID: o.ID, Name: o.Name, ExternalID: o.ExternalID, ConnectionID: o.ConnectionID, MFA: list(o.MFA),
	}
}

func organizations(_ *http.Request, e *mockidp.Environment) (any, error) {
	out := struct {
		Organizations []Organization `json:"organizations"`
	}{[]Organization{}}
	for _, o := range e.Organizations() {
		out.Organizations = append(out.Organizations, organization(o))
	}
	return out, nil
}

// patchOrganization changes those members of an organization that the body has.
func patchOrganization(r *http.Request, e *mockidp.Environment) (any, error) {
	id := r.PathValue("id")
	all := e.Organizations()
	i := slices.IndexFunc(all, func(o mockidp.Organization) bool { return o.ID == id })
	if i < 0 {
		return nil, refuse(http.StatusNotFound, "there is no organization %q", id)
	}
	asked := organization(all[i])
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	if asked.ID != id {
		return nil, refuse(http.StatusUnprocessableEntity, "the id is %q in the path and %q in the body", id, asked.ID)
	}
	o := mockidp.Organization{
		ID: id, Name: asked.Name, ExternalID: asked.ExternalID, ConnectionID: asked.ConnectionID, MFA: asked.MFA,
	}
	if err := e.PutOrganization(o); err != nil {
		return nil, invalid(err)
	}
	return organization(o), nil
}

// userTOTP answers with the code that a user would read from their app.
func userTOTP(r *http.Request, e *mockidp.Environment) (any, error) {
	code, err := e.TOTP(r.PathValue("id"))
	if err != nil {
		return nil, conflict(err)
	}
	return TOTP{code}, nil
}
