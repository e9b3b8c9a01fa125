package scim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/elimity-com/scim"
	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"

	"github.com/assay-id/assay/mockidp/directory"
)

// mostGroups bounds the groups of a directory.
const mostGroups = 1 << 10

// group is a set of users, who have its name as a role.
type group struct {
	id, name, externalID string
	members              []string // IDs of users
}

// Groups returns all groups.
func (s *Service) Groups() []directory.SyncGroup {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []directory.SyncGroup
	for _, g := range s.groups {
		all = append(all, directory.SyncGroup{ID: g.id, Name: g.name, Members: slices.Clone(g.members)})
	}
	return all
}

// groupHandler implements [scim.ResourceHandler] for /Groups.
type groupHandler struct{ *Service }

// Create implements [scim.ResourceHandler].
func (h *groupHandler) Create(_ *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.groups) >= mostGroups {
		return scim.Resource{}, invalid(fmt.Errorf("there are %d groups, which is the limit", mostGroups))
	}
	made := readGroup(attributes)
	made.id = h.cfg.NewID("dgrp_")
	h.groups = append(h.groups, &group{id: made.id})
	r, err := h.set(h.groups[len(h.groups)-1], made)
	if err != nil {
		h.groups = h.groups[:len(h.groups)-1]
	}
	return r, err
}

// set makes a group what it should be, with the roles of its members.
func (h *groupHandler) set(g *group, next group) (scim.Resource, error) {
	for _, other := range h.groups {
		if other != g && strings.EqualFold(other.name, next.name) {
			return scim.Resource{}, scimerrors.ScimErrorUniqueness
		}
	}
	for _, id := range next.members {
		if h.member(id) == nil {
			return scim.Resource{}, invalid(fmt.Errorf("the member %q is not a user of this directory", id))
		}
	}
	was := *g
	*g = next
	for _, user := range h.cfg.Accounts.Users() {
		if err := h.assign(user, was, next); err != nil {
			return scim.Resource{}, invalid(err)
		}
	}
	return g.resource(), nil
}

// member returns the membership of a user in the organization, or nil.
func (h *groupHandler) member(id string) *directory.Membership {
	for _, user := range h.cfg.Accounts.Users() {
		if user.ID == id {
			return user.Membership(h.cfg.OrganizationID)
		}
	}
	return nil
}

// assign takes the role of a group from a user who is no longer in it, and gives
// it to one who is.
func (h *groupHandler) assign(user directory.User, was, next group) error {
	before, after := slices.Contains(was.members, user.ID), slices.Contains(next.members, user.ID)
	if !before && !after || before && after && was.name == next.name {
		return nil
	}
	membership := user.Membership(h.cfg.OrganizationID)
	if membership == nil {
		return nil
	}
	if before {
		membership.Roles = slices.DeleteFunc(membership.Roles, func(role string) bool { return role == was.name })
	}
	if after && !slices.Contains(membership.Roles, next.name) {
		membership.Roles = append(membership.Roles, next.name)
	}
	return h.cfg.Accounts.PutUser(user)
}

// find returns the group with the ID.
func (h *groupHandler) find(id string) (*group, error) {
	for _, g := range h.groups {
		if g.id == id {
			return g, nil
		}
	}
	return nil, scimerrors.ScimErrorResourceNotFound(id)
}

// Get implements [scim.ResourceHandler].
func (h *groupHandler) Get(_ *http.Request, id string) (scim.Resource, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g, err := h.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	return g.resource(), nil
}

// GetAll implements [scim.ResourceHandler].
func (h *groupHandler) GetAll(_ *http.Request, asked scim.ListRequestParams) (scim.Page, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []scim.Resource
	for _, g := range h.groups {
		all = append(all, g.resource())
	}
	return page(all, asked), nil
}

// Replace implements [scim.ResourceHandler].
func (h *groupHandler) Replace(_ *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g, err := h.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	next := readGroup(attributes)
	next.id = id
	return h.set(g, next)
}

// Patch implements [scim.ResourceHandler].
func (h *groupHandler) Patch(_ *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g, err := h.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	attributes := g.resource().Attributes
	attributes["externalId"] = g.externalID
	if err := patch(attributes, operations, schema.CoreGroupSchema()); err != nil {
		return scim.Resource{}, err
	}
	next := readGroup(attributes)
	next.id = id
	return h.set(g, next)
}

// Delete implements [scim.ResourceHandler].
func (h *groupHandler) Delete(_ *http.Request, id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	g, err := h.find(id)
	if err != nil {
		return err
	}
	if _, err := h.set(g, group{id: id, name: g.name}); err != nil {
		return err
	}
	h.groups = slices.DeleteFunc(h.groups, func(other *group) bool { return other == g })
	return nil
}

// resource describes a group. RFC 7643, 4.2.
func (g *group) resource() scim.Resource {
	members := make([]any, len(g.members))
	for i, id := range g.members {
		members[i] = map[string]any{"value": id}
	}
	r := scim.Resource{ID: g.id, Attributes: scim.ResourceAttributes{"displayName": g.name, "members": members}}
	if g.externalID != "" {
		r.ExternalID = optional.NewString(g.externalID)
	}
	return r
}

// readGroup returns the group that the attributes describe, without an ID.
func readGroup(attributes map[string]any) group {
	g := group{name: text(attributes, "displayName"), externalID: text(attributes, "externalId")}
	list, _ := attributes["members"].([]any)
	for _, item := range list {
		member, _ := item.(map[string]any)
		if id := text(member, "value"); !slices.Contains(g.members, id) {
			g.members = append(g.members, id)
		}
	}
	return g
}
