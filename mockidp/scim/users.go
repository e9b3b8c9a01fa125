package scim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/elimity-com/scim"
	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"

	"github.com/assay-id/assay/mockidp/directory"
)

// userHandler implements [scim.ResourceHandler] for /Users: the members of the
// organization.
type userHandler struct{ *Service }

// Create adds a user, or makes one who has the same name a member.
func (h *userHandler) Create(_ *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	named := read(directory.User{}, attributes)
	made := directory.User{EmailVerified: true}
	for _, other := range h.cfg.Accounts.Users() {
		if !strings.EqualFold(other.Email, named.Email) {
			continue
		}
		if other.Membership(h.cfg.OrganizationID) != nil {
			return scim.Resource{}, scimerrors.ScimErrorUniqueness
		}
		made = other
	}
	if made.ID == "" {
		made.ID = h.cfg.NewID("usr_")
	}
	made = read(made, attributes)
	made.Memberships = append(slices.Clone(made.Memberships), directory.Membership{OrganizationID: h.cfg.OrganizationID})
	return h.put(made)
}

// put stores a user.
func (h *userHandler) put(made directory.User) (scim.Resource, error) {
	if err := h.cfg.Accounts.PutUser(made); err != nil {
		return scim.Resource{}, invalid(err)
	}
	return h.resource(made), nil
}

// member returns the member with the ID.
func (h *userHandler) member(id string) (directory.User, error) {
	for _, found := range h.cfg.Accounts.Users() {
		if found.ID == id && found.Membership(h.cfg.OrganizationID) != nil {
			return found, nil
		}
	}
	return directory.User{}, scimerrors.ScimErrorResourceNotFound(id)
}

// Get implements [scim.ResourceHandler].
func (h *userHandler) Get(_ *http.Request, id string) (scim.Resource, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found, err := h.member(id)
	if err != nil {
		return scim.Resource{}, err
	}
	return h.resource(found), nil
}

// GetAll implements [scim.ResourceHandler].
func (h *userHandler) GetAll(_ *http.Request, asked scim.ListRequestParams) (scim.Page, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []scim.Resource
	for _, user := range h.cfg.Accounts.Users() {
		if user.Membership(h.cfg.OrganizationID) != nil {
			all = append(all, h.resource(user))
		}
	}
	return page(all, asked), nil
}

// Replace implements [scim.ResourceHandler].
func (h *userHandler) Replace(_ *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, err := h.member(id)
	if err != nil {
		return scim.Resource{}, err
	}
	return h.put(read(was, attributes))
}

// Patch implements [scim.ResourceHandler].
func (h *userHandler) Patch(_ *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, err := h.member(id)
	if err != nil {
		return scim.Resource{}, err
	}
	attributes := h.resource(was).Attributes
	attributes["externalId"] = was.ExternalID
	if err := patch(attributes, operations, schema.CoreUserSchema()); err != nil {
		return scim.Resource{}, err
	}
	return h.put(read(was, attributes))
}

// Delete implements [scim.ResourceHandler]: a user of other organizations only
// leaves this one.
func (h *userHandler) Delete(_ *http.Request, id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, err := h.member(id)
	if err != nil {
		return err
	}
	for _, g := range h.groups {
		g.members = slices.DeleteFunc(g.members, func(member string) bool { return member == id })
	}
	if len(was.Memberships) == 1 {
		return conflict(h.cfg.Accounts.RemoveUser(id))
	}
	was.Memberships = slices.DeleteFunc(slices.Clone(was.Memberships), func(m directory.Membership) bool {
		return m.OrganizationID == h.cfg.OrganizationID
	})
	// Being inactive for a moment ends the sessions in this organization.
	active := was
	was.Inactive = true
	if err := h.cfg.Accounts.PutUser(was); err != nil {
		return invalid(err)
	}
	return invalid(h.cfg.Accounts.PutUser(active))
}

// conflict is the refusal of a removal.
func conflict(err error) error {
	if err == nil {
		return nil
	}
	return scimerrors.ScimError{Status: http.StatusConflict, Detail: err.Error()}
}

// resource describes a user. RFC 7643, 4.1.
func (h *userHandler) resource(user directory.User) scim.Resource {
	attributes := scim.ResourceAttributes{
		"userName": user.Email, "active": !user.Inactive, "displayName": user.Name,
		"name":   map[string]any{"formatted": user.Name, "givenName": user.GivenName, "familyName": user.FamilyName},
		"emails": []any{map[string]any{"value": user.Email, "type": "work", "primary": true}},
	}
	var in []any
	for _, g := range h.groups {
		if slices.Contains(g.members, user.ID) {
			in = append(in, map[string]any{"value": g.id, "display": g.name})
		}
	}
	if in != nil {
		attributes["groups"] = in
	}
	r := scim.Resource{ID: user.ID, Attributes: attributes}
	if user.ExternalID != "" {
		r.ExternalID = optional.NewString(user.ExternalID)
	}
	return r
}

// read returns a user with what the attributes say. An attribute that is missing
// is one that the user does not have, but for active, which is true then.
func read(user directory.User, attributes map[string]any) directory.User {
	name, _ := attributes["name"].(map[string]any)
	user.ExternalID = text(attributes, "externalId")
	user.GivenName, user.FamilyName = text(name, "givenName"), text(name, "familyName")
	user.Name = cmp.Or(text(name, "formatted"), text(attributes, "displayName"),
		strings.TrimSpace(user.GivenName+" "+user.FamilyName))
	if user.Email = text(attributes, "userName"); !strings.Contains(user.Email, "@") {
		user.Email = primary(attributes["emails"])
	}
	active, known := attributes["active"].(bool)
	user.Inactive = known && !active
	return user
}

// primary returns the primary e-mail address, or else the first one.
func primary(emails any) string {
	address := ""
	list, _ := emails.([]any)
	for _, item := range list {
		email, _ := item.(map[string]any)
		if is, _ := email["primary"].(bool); is || address == "" {
			address = text(email, "value")
		}
	}
	return address
}

func text(from map[string]any, name string) string {
	s, _ := from[name].(string)
	return s
}
