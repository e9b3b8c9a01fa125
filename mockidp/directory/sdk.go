package directory

import "cmp"

// The field numbers in this file are those of Scalekit's public protocol
// buffers, packages scalekit.v1.organizations, users, sessions and commons.

func (s *SDK) getOrganization(request protoFields) (protoMessage, error) {
	const id, externalID = 1, 2
	asked := cmp.Or(request[id], request[externalID])
	o, err := s.organization(asked)
	if err != nil {
		return nil, err
	}
	var answer protoMessage
	answer.message(1, o.proto())
	return answer, nil
}

// organization returns the organization with the ID or the external ID.
func (s *SDK) organization(asked string) (*Organization, error) {
	if o := s.People.Organization(asked); o != nil {
		return o, nil
	}
	return nil, grpcRefuse(grpcNotFound, "there is no organization %q", asked)
}

func (s *SDK) listOrganizations(protoFields) (protoMessage, error) {
	var answer protoMessage
	all := s.People.Organizations()
	answer.number(2, uint64(len(all)))
	for _, o := range all {
		answer.message(3, o.proto())
	}
	return answer, nil
}

// proto returns an organizations.Organization.
func (o *Organization) proto() protoMessage {
	var m protoMessage
	m.text(1, o.ID)
	m.text(4, cmp.Or(o.Name, o.ID))
	m.text(6, o.ExternalID)
	return m
}

func (s *SDK) getUser(request protoFields) (protoMessage, error) {
	const id, externalID = 1, 2
	asked := cmp.Or(request[id], request[externalID])
	for _, u := range s.People.Users() {
		if u.ID == asked || asked != "" && u.ExternalID == asked {
			var answer protoMessage
			answer.message(1, s.protoUser(u))
			return answer, nil
		}
	}
	return nil, grpcRefuse(grpcNotFound, "there is no user %q", asked)
}

func (s *SDK) listUsers(protoFields) (protoMessage, error) {
	var answer protoMessage
	all := s.People.Users()
	for _, u := range all {
		answer.message(1, s.protoUser(u))
	}
	answer.number(3, uint64(len(all)))
	return answer, nil
}

func (s *SDK) listOrganizationUsers(request protoFields) (protoMessage, error) {
	const organizationID = 1
	if _, err := s.organization(request[organizationID]); err != nil {
		return nil, err
	}
	var members protoMessage
	var total uint64
	for _, u := range s.People.Users() {
		if u.Membership(request[organizationID]) != nil {
			members.message(3, s.protoUser(u))
			total++
		}
	}
	var answer protoMessage
	answer.number(2, total)
	return append(answer, members...), nil
}

// protoUser returns a users.User.
func (s *SDK) protoUser(u *User) protoMessage {
	var profile protoMessage
	profile.text(2, u.GivenName)
	profile.text(3, u.FamilyName)
	profile.text(4, u.Name)
	profile.flag(6, u.EmailVerified)

	var m protoMessage
	m.text(1, u.ID)
	m.text(2, s.IDs.Of("env_", "environment"))
	m.text(5, u.Email)
	m.text(6, u.ExternalID)
	for _, membership := range u.Memberships {
		m.message(7, s.protoMembership(membership))
	}
	m.message(8, profile)
	return m
}

// protoMembership returns a commons.OrganizationMembership.
func (s *SDK) protoMembership(membership Membership) protoMessage {
	const active = 1
	var m protoMessage
	m.text(1, membership.OrganizationID)
	m.number(3, active)
	for _, name := range membership.Roles {
		var role protoMessage
		role.text(1, s.IDs.Of("role_", name))
		role.text(2, name)
		role.text(3, name)
		m.message(4, role)
	}
	if o := s.People.Organization(membership.OrganizationID); o != nil {
		m.text(5, cmp.Or(o.Name, o.ID))
	}
	for _, permission := range membership.Permissions {
		m.text(15, permission)
	}
	return m
}

func (s *SDK) getSession(request protoFields) (protoMessage, error) {
	found, state := s.Sessions.Session(request[1])
	if found == nil {
		return nil, grpcRefuse(grpcNotFound, "there is no session %q", request[1])
	}
	var m protoMessage
	m.text(1, found.ID)
	m.text(2, found.User.ID)
	if found.Organization != nil {
		m.text(3, found.Organization.ID)
		m.text(4, found.Organization.ID)
	}
	m.time(5, found.AuthTime)
	m.text(11, state)
	return m, nil
}

func (s *SDK) revokeSession(request protoFields) (protoMessage, error) {
	found, _ := s.Sessions.Session(request[1])
	if found == nil {
		return nil, grpcRefuse(grpcNotFound, "there is no session %q", request[1])
	}
	s.Sessions.EndSession(found.ID)
	var revoked protoMessage
	revoked.text(1, found.ID)
	revoked.text(2, found.User.ID)
	revoked.time(5, found.AuthTime)
	revoked.text(11, SessionRevoked)
	var answer protoMessage
	answer.message(1, revoked)
	return answer, nil
}
